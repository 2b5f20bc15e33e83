"""`sync` of Backblaze's `b2` beside this project's, against `b2 sim`.

    python sync.py B2 [JOB]...

runs every job, or those whose names contain a word. Each runs both tools in one direction on the same trees with each
group of options, and compares the exit codes, the lines that they print, and what there is afterwards: each local file
with its bytes and its time, each version in a bucket with its action, size, SHA-1 and time. Exits with 1 if any differ.

The tools differ on purpose where Backblaze's loses data or time; those cases are compared with what is documented here.
"""

import os
import pathlib
import shutil
import sys
import tempfile

from copies import Bench, beside_python
from listings import outcome

NOW = 1_790_000_000
"""The time of files that both sides have, in seconds."""

DAY = 86_400

SOURCE = {
    "a": (b"source", NOW),
    "b.tmp": (b"source", NOW),
    "both": (b"the same", NOW),
    "café/山.txt": (b"source", NOW),
    "changed": (b"new content", NOW + 10),
    "dir/sub/x": (b"source", NOW),
    "dir/sub/y.tmp": (b"source", NOW),
    "dir2/z": (b"", NOW),
    "hello 'world'": (b"source", NOW),
    "late": (b"source", NOW + 5_000),
    "same-size": (b"12345", NOW + 2),
}

DESTINATION = {
    "both": (b"the same", NOW),
    "changed": (b"old", NOW),
    "dir/sub/x": (b"source", NOW),
    "same-size": (b"67890", NOW),
    "gone": (b"destination", NOW),
    "gone.tmp": (b"destination", NOW),
    "keep/1": (b"destination", NOW),
}

NEWER = {**DESTINATION, "a": (b"newer!", NOW + 100)}

COMMON = [
    [],
    ["--dry-run"],
    ["--dry-run", "--delete"],
    ["--delete"],
    ["--threads", "3"],
    ["--sync-threads", "2"],
    ["--compare-versions", "modTime"],
    ["--compare-versions", "size"],
    ["--compare-versions", "none"],
    ["--compare-versions", "size", "--compare-threshold", "8"],
    ["--compare-threshold", "1999"],
    ["--exclude-regex", r".*\.tmp"],
    ["--exclude-regex", r".*\.tmp", "--include-regex", ".*y"],
    ["--exclude-regex", "dir"],
    ["--exclude-dir-regex", "dir"],
    ["--exclude-dir-regex", "dir/sub$"],
    ["--exclude-if-modified-after", str(NOW + 100)],
    ["--allow-empty-source"],
]

UP = [
    ["--keep-days", "3650"],
    ["--keep-days", "0"],
    ["--upload-threads", "3"],
    ["--incremental-mode"],
    ["--exclude-all-symlinks"],
    ["--destination-server-side-encryption", "SSE-B2"],
]

DOWN = [
    ["--download-threads", "3"],
    ["--skip-hash-verification"],
    ["--max-download-streams-per-file", "2"],
    ["--write-buffer-size", "65536"],
]

COPY = [
    ["--keep-days", "3650"],
    ["--destination-server-side-encryption", "SSE-B2"],
]

NEWER_FILES = [["--skip-newer"], ["--replace-newer"], ["--skip-newer", "--delete"], ["--replace-newer", "--delete"]]

USELESS = [
    (["--compare-versions", "color"], 2),
    (["--skip-newer", "--replace-newer"], 2),
    (["--delete", "--keep-days", "1"], 2),
    (["--threads", "0", "--sync-threads", "0"], None),
    (["--include-regex", "a"], None),
    (["--exclude-regex", "("], None),
]
"""Options that both tools refuse, with the exit code where it is the same."""


class Folder:
    """A local folder."""

    def __init__(self, bench, name, files):
        self.path = bench.folder / name
        self.path.mkdir(parents=True)
        for name, (content, time) in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            os.utime(path, (time, time))
        self.uri = str(self.path)

    def state(self):
        """Returns the files."""
        files = [path for path in sorted(self.path.rglob("*")) if path.is_file()]
        return [
            (str(path.relative_to(self.path)), path.read_bytes(), int(path.stat().st_mtime * 1_000))
            for path in files
        ]

    def remove(self):
        shutil.rmtree(self.path)


class Prefix:
    """A folder of a bucket of its own."""

    def __init__(self, bench, name, files):
        self.bench = bench
        self.bucket = bench.api.create_bucket(name, "allPrivate")
        for name, (content, time) in files.items():
            info = {"src_last_modified_millis": str(time * 1_000)}
            self.bucket.upload_bytes(content, f"pre/{name}", file_info=info)
        self.uri = f"b2://{self.bucket.name}/pre"

    def state(self):
        """Returns all versions."""
        listed = [version for version, _ in self.bucket.ls(latest_only=False, recursive=True)]
        return [
            (
                version.file_name,
                version.action,
                version.size,
                version.content_sha1,
                version.action == "upload" and version.mod_time_millis,
                version.server_side_encryption and version.server_side_encryption.mode,
            )
            for version in listed
        ]

    def remove(self):
        self.bench.run(self.bench.b2, "rm", "--versions", "-r", f"b2://{self.bucket.name}")
        self.bench.api.delete_bucket(self.bucket)


def both(bench, kinds, trees, options):
    """Runs both tools on the same trees, and returns for each its exit code, its lines, and the states afterwards."""
    results = {}
    tools = {"theirs": beside_python("b2"), "ours": bench.b2}
    for who, tool in tools.items():
        bench.number = getattr(bench, "number", 0) + 1
        source = kinds[0](bench, f"source-{bench.number:05}", trees[0])
        destination = kinds[1](bench, f"destination-{bench.number:05}", trees[1])
        code, printed = outcome(bench, tool, "sync", "--no-progress", *options, source.uri, destination.uri)
        lines = sorted(line.rstrip() for line in printed.splitlines())
        again = None
        if code == 0 and "--dry-run" not in options:
            more = outcome(bench, tool, "sync", "--no-progress", *options, source.uri, destination.uri)
            again = (more[0], sorted(line.rstrip() for line in more[1].splitlines()))
        results[who] = (code, lines, source.state(), destination.state(), again)
        source.remove()
        destination.remove()
    return results


def agree(bench, kinds, groups, newer=True):
    """Compares both tools with each group of options."""
    cases = [(options, DESTINATION) for options in groups]
    cases += [(options, NEWER) for options in NEWER_FILES if newer]
    cases += [([], {}), (["--delete"], {})]
    for options, destination in cases:
        results = both(bench, kinds, (SOURCE, destination), options)
        for part, theirs, ours in zip(
            ["exit code", "lines", "source", "destination", "second run"], results["theirs"], results["ours"], strict=True
        ):
            bench.equal(f"{' '.join(options) or 'no options'}: {part}", ours, theirs)


def up(bench):
    """From a local folder to a bucket."""
    agree(bench, (Folder, Prefix), COMMON + UP)


def down(bench):
    """From a bucket to a local folder."""
    agree(bench, (Prefix, Folder), COMMON + DOWN)


def copy(bench):
    """From a bucket to another one."""
    agree(bench, (Prefix, Prefix), COMMON + COPY)


def refused(bench):
    """Options that both refuse, and sources that do not exist."""
    folder = Folder(bench, "refused", SOURCE)
    bucket = Prefix(bench, "refused-bucket", {})
    for options, expected in USELESS:
        for tool in [beside_python("b2"), bench.b2]:
            code, _ = outcome(bench, tool, "sync", *options, folder.uri, bucket.uri)
            bench.equal(f"{tool} {options}", code if expected else code != 0, expected or True)
    for source, destination in [
        (folder.uri, folder.uri + "-2"),
        (folder.uri, "b2://no-such-bucket-here"),
        (folder.uri, bucket.uri + "//x"),
    ]:
        for tool in [beside_python("b2"), bench.b2]:
            code, _ = outcome(bench, tool, "sync", source, destination)
            bench.equal(f"{tool} {source} {destination}", code != 0, True)
    bench.equal("nothing was stored", bucket.state(), [])


def differences(bench):
    """Where this project's differs on purpose: what Backblaze's does is asserted too, so that a change there is seen."""
    kinds = (Folder, Prefix)

    def compared(what, trees, options, theirs, ours):
        results = both(bench, kinds, trees, options)
        for who, expected in [("theirs", theirs), ("ours", ours)]:
            code, lines, _, _, _ = results[who]
            bench.equal(f"{what}: {who}", (code, lines), expected)

    source = {"a": (b"1", NOW), "b": (b"1", NOW), "c": (b"1", NOW)}
    # What a filter leaves out is not deleted from the destination.
    compared(
        "a filter protects the destination",
        (source, {**source, "old.tmp": (b"1", NOW)}),
        ["--delete", "--exclude-regex", r".*\.tmp"],
        (0, ["delete old.tmp"]),
        (0, []),
    )
    # More than half of the files of the destination are not deleted without being asked for.
    many = {name: (b"1", NOW) for name in "1234"}
    compared(
        "a limit of removals",
        ({"a": (b"1", NOW)}, many),
        ["--delete"],
        (0, ["delete 1", "delete 2", "delete 3", "delete 4", "upload a"]),
        (1, ["upload a"]),
    )
    # A file of another size and the same time is transferred.
    compared(
        "another size at the same time",
        (source, {**source, "a": (b"longer", NOW)}),
        [],
        (0, []),
        (0, ["upload a"]),
    )
    # The days count from when a version was replaced, and not from when it was modified.
    results = both(bench, kinds, ({"a": (b"2", NOW + 1)}, {"a": (b"1", NOW)}), ["--keep-days", "1"])
    bench.equal("theirs: an old version", results["theirs"][4], (0, ["delete a (old version)"]))
    bench.equal("ours: an old version", results["ours"][4], (0, []))
    # A destination that is newer fails alone, instead of ending the run.
    newer = {"a": (b"2", NOW + 50)}
    results = both(bench, kinds, (source, newer), [])
    bench.equal("theirs fails", results["theirs"][0], 1)
    bench.equal("ours: the others go on", results["ours"][:2], (1, ["upload b", "upload c"]))


JOBS = [up, down, copy, refused, differences]


if __name__ == "__main__":
    words = sys.argv[2:]
    chosen = [job for job in JOBS if not words or any(word in job.__name__ for word in words)]
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(Bench(str(pathlib.Path(sys.argv[1]).absolute()), folder).run_jobs(chosen))
