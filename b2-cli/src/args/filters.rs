//! `--include` and `--exclude`.

use b2_proto::list::Filter;
use clap::builder::NonEmptyStringValueParser;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

/// Filters of the full names of files, in the order of the command line.
///
/// The derive macro keeps the order of one option only, so the traits are implemented by hand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filters(pub(crate) Vec<Filter>);

const INCLUDE: &str = "include";
const EXCLUDE: &str = "exclude";

fn option(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name("PATTERN")
        .action(ArgAction::Append)
        .value_parser(NonEmptyStringValueParser::new())
        .help(help)
}

/// Returns the filters of an option with their places on the command line.
fn placed<'a>(
    matches: &'a ArgMatches,
    name: &str,
    filter: fn(&str) -> Filter,
) -> impl Iterator<Item = (usize, Filter)> + 'a + use<'a> {
    let places = matches.indices_of(name).into_iter().flatten();
    let patterns = matches.get_many::<String>(name).into_iter().flatten();
    places.zip(patterns.map(move |pattern| filter(pattern)))
}

impl Args for Filters {
    fn augment_args(command: Command) -> Command {
        command
            .arg(option(
                INCLUDE,
                "Only files whose full names match; the last filter that matches decides",
            ))
            .arg(option(
                EXCLUDE,
                "No files whose full names match; the last filter that matches decides",
            ))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Filters {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut filters: Vec<_> = placed(matches, INCLUDE, Filter::include)
            .chain(placed(matches, EXCLUDE, Filter::exclude))
            .collect();
        filters.sort_by_key(|(place, _)| *place);
        Ok(Self(filters.into_iter().map(|(_, filter)| filter).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_the_command_line_is_kept() {
        let command = Filters::augment_args(Command::new("ls"));
        let arguments = "ls --exclude a --include b --include=c --exclude d".split(' ');
        let matches = command.clone().try_get_matches_from(arguments).unwrap();
        let filters = Filters::from_arg_matches(&matches).unwrap();
        let (include, exclude) = (Filter::include, Filter::exclude);
        assert_eq!(filters.0, [exclude("a"), include("b"), include("c"), exclude("d")]);
        assert!(command.try_get_matches_from(["ls", "--include", ""]).is_err());
    }
}
