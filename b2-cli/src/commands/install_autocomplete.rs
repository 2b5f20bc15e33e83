//! `b2 install-autocomplete`.

use std::path::{Path, PathBuf};
use std::{env, fs};

use clap::{Args, ValueEnum};

use crate::context::Context;
use crate::error::CliError;

/// The arguments of `b2 install-autocomplete`.
#[derive(Args, Debug)]
#[command(after_help = "\
It writes a completion script below the home folder. For bash and zsh, it also changes a marked section of ~/.bashrc or
~/.zshrc, after saving a copy beside it. `b2 completion SHELL` only prints the script.")]
pub(crate) struct InstallAutocomplete {
    /// The shell [default: that of the variable SHELL]
    #[arg(long)]
    shell: Option<Shell>,
}

/// A shell for which completion can be installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shell {
    /// The Bourne-again shell
    Bash,
    /// The friendly interactive shell
    Fish,
    /// The Z shell
    Zsh,
}

const SECTION_START: &str = "# >>> b2 autocomplete >>>";
const SECTION_END: &str = "# <<< b2 autocomplete <<<";

impl Shell {
    fn of_user() -> Result<Self, CliError> {
        let shell = env::var_os("SHELL").unwrap_or_default();
        let name = Path::new(&shell).file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self::from_str(&name, false).map_err(|_| {
            let shown = if name.is_empty() { "None" } else { &name };
            CliError::message(format!(
                "unsupported shell: {shown}. Supported shells: ['bash', 'fish', 'zsh']. Use --shell to specify a target \
                 shell manually."
            ))
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Fish => "fish",
            Self::Zsh => "zsh",
        }
    }

    /// Returns the path of the script below the home folder.
    fn script(self) -> &'static str {
        match self {
            Self::Bash => ".bash_completion.d/b2",
            Self::Fish => ".config/fish/completions/b2.fish",
            Self::Zsh => ".zsh/completion/_b2",
        }
    }

    /// Returns the path of the start-up file below the home folder. fish finds its scripts without one.
    fn startup_file(self) -> Option<&'static str> {
        match self {
            Self::Bash => Some(".bashrc"),
            Self::Fish => None,
            Self::Zsh => Some(".zshrc"),
        }
    }

    fn generator(self) -> clap_complete::Shell {
        match self {
            Self::Bash => clap_complete::Shell::Bash,
            Self::Fish => clap_complete::Shell::Fish,
            Self::Zsh => clap_complete::Shell::Zsh,
        }
    }
}

impl InstallAutocomplete {
    /// Installs the completion script of `cli`.
    pub(crate) fn run(self, context: &Context, mut cli: clap::Command) -> Result<(), CliError> {
        let shell = self.shell.map_or_else(Shell::of_user, Ok)?;
        let home = env::home_dir()
            .filter(|home| !home.as_os_str().is_empty())
            .ok_or_else(|| CliError::message("there is no home folder; set HOME"))?;
        let script = home.join(shell.script());
        if let Some(folder) = script.parent() {
            fs::create_dir_all(folder).map_err(|error| CliError::create_folder(folder, &error))?;
        }
        let mut text = Vec::new();
        clap_complete::generate(shell.generator(), &mut cli, "b2", &mut text);
        fs::write(&script, text).map_err(|error| CliError::local(&script, &error))?;
        if let Some(file) = shell.startup_file() {
            add_section(&home.join(file), shell, &script)?;
        }
        let name = shell.name();
        context.output.line(format!("Autocomplete successfully installed for {name}."))?;
        context.output.line(format!(
            "Spawn a new shell instance to use it (log in again or just type `{name}` in your current shell to start a new \
             session inside of the existing session)."
        ))
    }
}

/// Makes a start-up file load the script: replaces its section, or adds one. A file with other text is copied first.
fn add_section(file: &Path, shell: Shell, script: &Path) -> Result<(), CliError> {
    let before = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(CliError::local(file, &error)),
    };
    let after = with_section(&before, &section(shell, script));
    if after == before {
        return Ok(());
    }
    if !before.trim().is_empty() {
        let copy = PathBuf::from(format!("{}.b2.bak", file.display()));
        fs::write(&copy, &before).map_err(|error| CliError::local(&copy, &error))?;
    }
    fs::write(file, after).map_err(|error| CliError::local(file, &error))
}

fn section(shell: Shell, script: &Path) -> String {
    let script = script.to_string_lossy().replace('\'', "'\"'\"'");
    let init = match shell {
        Shell::Zsh => {
            "if [[ -z \"$_comps\" ]] && [[ -t 0 ]]; then autoload -Uz compinit && compinit -i -D; fi\n"
        }
        Shell::Bash | Shell::Fish => "",
    };
    format!(
        "{SECTION_START}\n# This section is managed by b2 . Manual edit may break automated updates.\n\
         {init}source '{script}'\n{SECTION_END}"
    )
}

/// Returns the text with the section in place of an older one, or at the end.
fn with_section(text: &str, section: &str) -> String {
    if let Some((head, rest)) = text.split_once(SECTION_START)
        && let Some((_, tail)) = rest.split_once(SECTION_END)
    {
        return format!("{head}{section}{tail}");
    }
    format!("{text}\n{section}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_added_once() {
        let old = section(Shell::Bash, Path::new("/old/b2"));
        let new = section(Shell::Bash, Path::new("/new/b2"));
        let first = with_section("export A=1\n", &old);
        assert!(first.starts_with("export A=1\n\n# >>> b2"), "{first}");
        let second = with_section(&first, &new);
        assert!(second.contains("source '/new/b2'") && !second.contains("/old/"), "{second}");
        assert_eq!(with_section(&second, &new), second);
    }
}
