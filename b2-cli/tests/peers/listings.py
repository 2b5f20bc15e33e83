"""`ls` and `rm` of Backblaze's `b2` beside this project's, against `b2 sim`.

    python listings.py B2 [JOB]...

runs every job, or those whose names contain a word, with the `b2` at the path B2, and the same commands with the `b2` of
this Python. Compares what they print and what they leave in the bucket. Exits with 1 if any differ.
"""

import json
import os
import subprocess
import sys
import time

from b2sdk.v2 import LegalHold
from copies import beside_python, run_selected

NAMES = [
    "a",
    "a.txt",
    "b/1/test-1.txt",
    "b/2/test-2.csv",
    "b/2/test-3.txt",
    "b/2/test.csv",
    "b/2/test.ksv",
    "b/2/test.tsv",
    "b/3/test-4.jpg",
    "b/3/test-4.txt",
    "b/3/test-5.txt",
    "b/a-1.csv",
    "b/a-1.txt",
    "b/a.txt",
    "b1/info.txt",
    "b2/info.txt",
    "c [1].txt",
    "d*e?.txt",
    "dir/sub/deep/x",
    "caf\u00e9/\u5c71.txt",
    "\U0001f600",
]

HIDDEN = ["b/3/hidden.txt", "hidden"]

SELECTIONS = [
    ([], ""),
    ([], "b"),
    ([], "b/"),
    ([], "b/2"),
    ([], "a"),
    ([], "none"),
    (["-r"], ""),
    (["-r"], "b/"),
    (["-r"], "b/3"),
    (["-r", "--with-wildcard"], "*.txt"),
    (["-r", "--with-wildcard"], "b/*.txt"),
    (["-r", "--with-wildcard"], "b/2/test.?sv"),
    (["-r", "--with-wildcard"], "b/2/test.[tc]sv"),
    (["-r", "--with-wildcard"], "b/2/test.[!ck]sv"),
    (["-r", "--with-wildcard"], "b?/info.txt"),
    (["-r", "--with-wildcard"], "b[0-9]/*"),
    (["-r", "--with-wildcard"], "b/a.txt"),
    (["-r", "--with-wildcard"], "b/a"),
    (["-r", "--with-wildcard"], "c [[]1[]].txt"),
    (["-r", "--with-wildcard"], "d[*]e[?].txt"),
    (["-r", "--with-wildcard"], "*\u5c71*"),
    (["-r", "--with-wildcard"], "d?r/sub?deep/x"),
    (["-r", "--with-wildcard"], "*[z-a]*"),
    (["-r", "--with-wildcard"], "[]a]*"),
    (["-r", "--with-wildcard", "--exclude", "*-2.*"], "b/?-[1234567890].*"),
    (["-r", "--with-wildcard", "--exclude", "*/2/*"], "*.txt"),
    (["-r", "--include", "*.txt"], ""),
    (["-r", "--exclude", "*.txt"], ""),
    (["-r", "--include", "b/*", "--exclude", "*.txt", "--include", "a.txt"], ""),
    (["-r", "--exclude", "*", "--include", "*.[ct]sv", "--exclude", "*-2.csv"], ""),
    (["-r", "--include", "*.csv", "--include", "*.jpg"], "b/"),
    (["--include", "*test*"], "b"),
    (["--exclude", "b/1/*"], "b/"),
    (["--exclude", "*"], ""),
]
"""Arguments and the path after the name of the bucket."""


def outcome(bench, *command):
    """Runs a command, and returns its exit code and standard output."""
    done = subprocess.run(
        [str(word) for word in command],
        env=bench.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def fill(bucket):
    """Creates files with a second version, and files that are hidden."""
    for name in NAMES:
        bucket.upload_bytes(name.encode(), name)
    for name in HIDDEN:
        bucket.upload_bytes(b"hidden", name)
        bucket.hide_file(name)
    bucket.upload_bytes(b"second version", "a.txt")
    bucket.upload_bytes(b"second version", "b/2/test.csv")


def state(bucket):
    """Returns all versions in a bucket, without their IDs and times."""
    listed = bucket.ls(latest_only=False, recursive=True)
    return [(version.file_name, version.action, version.size) for version, _ in listed]


def ls(bench):
    """Names, long lines with the replication status, and JSON."""
    theirs, bucket = beside_python("b2"), bench.bucket
    fill(bucket)
    for arguments, path in SELECTIONS:
        for more in [[], ["--versions"], ["--long"], ["--long", "--replication", "--versions"]]:
            command = ["ls", *more, *arguments, f"b2://{bucket.name}/{path}"]
            expected = outcome(bench, theirs, *command)
            bench.equal(" ".join(command), outcome(bench, bench.b2, *command), expected)
        command = ["ls", "--json", *arguments, f"b2://{bucket.name}/{path}"]
        got, expected = (json.loads(outcome(bench, b2, *command)[1]) for b2 in [bench.b2, theirs])
        bench.equal(" ".join(command), got, expected)
    version = bucket.get_file_info_by_name("a.txt")
    command = ["ls", "--long", f"b2id://{version.id_}"]
    bench.equal("by ID", outcome(bench, bench.b2, *command), outcome(bench, theirs, *command))
    bench.equal("buckets", outcome(bench, bench.b2, "ls"), outcome(bench, theirs, "ls"))


def rm(bench):
    """The same deletions in two buckets."""
    theirs = beside_python("b2")
    tools = {"ours": bench.b2, "theirs": theirs}
    for number, (arguments, path) in enumerate(SELECTIONS):
        if "-r" not in arguments and not path.endswith("/"):
            # Theirs deletes the files in a folder, ours asks for a slash or --recursive.
            continue
        for more in [["--threads", "3", "--queue-size", "4", "--no-progress"], ["--versions"]]:
            left = {}
            for who, tool in tools.items():
                bucket = bench.api.create_bucket(f"{who}-{number}-{len(more)}", "allPrivate")
                fill(bucket)
                uri = f"b2://{bucket.name}/{path}"
                _, listed = outcome(bench, tool, "rm", "--dry-run", *more, *arguments, uri)
                # Theirs prints folders, which it does not delete.
                listed = [line for line in listed.splitlines() if not line.endswith("/")]
                before = state(bucket)
                code, _ = outcome(bench, tool, "rm", *more, *arguments, uri)
                left[who] = (listed, code, before, state(bucket))
                bench.run(bench.b2, "rm", "--versions", "-r", f"b2://{bucket.name}")
                bench.api.delete_bucket(bucket)
            bench.equal(f"rm {more} {arguments} {path}", left["ours"], left["theirs"])


def old_spellings(bench):
    """Options in camel case, and `delete-file-version`."""
    bucket = bench.api.create_bucket("old-spellings", "allPrivate")
    fill(bucket)
    # Theirs with these spellings takes the name of a bucket and a path.
    for tool, where in [(bench.b2, [f"b2://{bucket.name}/b/*.csv"]), (beside_python("b2v3"), [bucket.name, "b/*.csv"])]:
        code, printed = outcome(bench, tool, "rm", "--dryRun", "-r", "--withWildcard", *where)
        bench.equal("camel case", (code, printed), (0, "b/2/test-2.csv\nb/2/test.csv\nb/a-1.csv\n"))
    for tool in [bench.b2, beside_python("b2")]:
        for name in ["a", None]:
            version = bucket.upload_bytes(b"one more", "a")
            command = ["delete-file-version", *([name] if name else []), version.id_]
            code, printed = outcome(bench, tool, *command)
            deleted = {"action": "delete", "fileId": version.id_, "fileName": "a"}
            bench.equal("delete-file-version", (code, json.loads(printed)), (0, deleted))


def errors(bench):
    """Commands that both refuse."""
    uri = f"b2://{bench.bucket.name}"
    for command in [
        ["ls", "--with-wildcard", f"{uri}/*"],
        ["rm", "--with-wildcard", f"{uri}/*"],
        ["ls", "--long", "--json", uri],
        ["ls", "--long"],
        ["ls", "-r"],
        ["ls", "b2://no-such-bucket-here"],
        ["rm", "b2://"],
        ["rm"],
    ]:
        for tool in [bench.b2, beside_python("b2")]:
            code, _ = outcome(bench, tool, *command)
            bench.equal(" ".join(command), code != 0, True)


def locked(bench):
    """A file that cannot be deleted: the others are, and the exit code is 1."""
    left = {}
    for who, tool in {"ours": bench.b2, "theirs": beside_python("b2")}.items():
        bucket = bench.api.create_bucket(f"locked-{who}", "allPrivate", is_file_lock_enabled=True)
        fill(bucket)
        version = bucket.upload_bytes(b"locked", "b/2/locked")
        bench.api.update_file_legal_hold(version.id_, version.file_name, LegalHold.ON)
        code, _ = outcome(bench, tool, "rm", "--versions", "-r", f"b2://{bucket.name}")
        left[who] = (code, state(bucket))
    bench.equal("locked", left["ours"], left["theirs"])
    bench.equal("locked", left["ours"], (1, [("b/2/locked", "upload", 6)]))


def many(bench):
    """Deletes more files than a page lists, and prints time and memory."""
    count = 2_500
    for who, tool in {"ours": bench.b2, "theirs": beside_python("b2")}.items():
        bucket = bench.api.create_bucket(f"many-{who}", "allPrivate")
        for number in range(count):
            bucket.upload_bytes(b"", f"{number % 7}/{number}.{'tmp' if number % 5 else 'keep'}")
        command = [tool, "rm", "--no-progress", "-r", "--with-wildcard", f"b2://{bucket.name}/*.tmp"]
        start = time.monotonic()
        process = subprocess.Popen([str(word) for word in command], env=bench.environment())
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - start
        print(f"  {who}: {count * 4 // 5} of {count} files in {seconds:.1f} s, {usage.ru_maxrss // 1024} MB")
        bench.equal("exit code", process.returncode, 0)
        left = [version.file_name for version, _ in bucket.ls(recursive=True)]
        expected = sorted(f"{number % 7}/{number}.keep" for number in range(0, count, 5))
        bench.equal(f"{who}: what is left", left, expected)


JOBS = [ls, rm, old_spellings, errors, locked, many]


if __name__ == "__main__":
    sys.exit(run_selected(JOBS))
