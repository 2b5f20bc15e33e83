"""`replication` of Backblaze's `b2` beside this project's, against `b2 sim --replicate`.

    python replication.py B2 [JOB]...

runs every job, or those whose names contain a word. Each gives both tools the same commands for buckets of their own, and
compares the exit codes, the rules and keys of both buckets after each command, and what `status` prints. Exits with 1 if
any differ.

Backblaze's `replication status` does not end when a file is on one side only, so that such cases are left out: its
iteration over pairs waits for a page that its other thread never delivers.
"""

import json
import sys
import tempfile

from copies import Bench, beside_python
from listings import outcome

FILES = {
    "a": b"one",
    "b/1": b"two",
    "b/2": b"three",
    "café/山": b"four",
    "empty": b"",
}

CHANGES = [
    ["setup", "SOURCE", "DESTINATION"],
    ["pause", "SOURCE", "DESTINATION"],
    ["pause", "SOURCE", "DESTINATION"],
    ["unpause", "SOURCE", "DESTINATION"],
    ["unpause", "SOURCE", "DESTINATION"],
    ["setup", "--name", "second", "--file-name-prefix", "b/", "SOURCE", "DESTINATION"],
    ["setup", "--name", "third", "--priority", "77", "--include-existing-files", "SOURCE", "OTHER"],
    ["setup", "--name", "fourth", "--file-name-prefix", "c/", "SOURCE", "OTHER"],
    ["pause", "SOURCE", "second"],
    ["delete", "SOURCE", "DESTINATION"],
    ["delete", "SOURCE", "DESTINATION"],
    ["pause", "SOURCE", "unknown"],
    ["unpause", "SOURCE", "second"],
    ["delete", "SOURCE", "second"],
    ["delete", "SOURCE", "third"],
    ["delete", "SOURCE", "fourth"],
]
"""What is done to the rules, one after the other."""

REFUSED = [
    ["setup", "SOURCE", "no-such-bucket"],
    ["setup", "no-such-bucket", "DESTINATION"],
    ["setup", "--priority", "none", "SOURCE", "DESTINATION"],
    ["pause", "no-such-bucket", "DESTINATION"],
    ["delete", "OTHER", "DESTINATION"],
    ["status", "no-such-bucket"],
    ["status", "--rule", "unknown", "SOURCE"],
    ["status", "--output-format", "xml", "SOURCE"],
]
"""What both tools refuse."""

REFUSED_HERE = [
    ["setup", "--name", "a b", "SOURCE", "DESTINATION"],
    ["status", "--columns", "unknown", "SOURCE"],
]
"""What this project's refuses before anything is done. Backblaze's changes the destination before B2 refuses the name of
the rule, and does not look at the columns if there is no rule."""

STATUS = [
    ["--output-format", "json"],
    ["--output-format", "csv"],
    ["--output-format", "console"],
    ["--output-format", "json", "--dont-scan-destination"],
    ["--output-format", "csv", "--dont-scan-destination"],
    ["--output-format", "json", "--rule", "all"],
    ["--output-format", "csv", "--columns", "count,hash differs"],
    ["--output-format", "console", "--columns", "source replication status, count"],
]
"""The options of `status` that are compared."""


class Side:
    """The buckets on which one tool works."""

    def __init__(self, bench, who, tool, job):
        self.bench, self.tool = bench, tool
        self.buckets = {
            word: bench.api.create_bucket(f"{job}-{who}-{word.lower()}", "allPrivate")
            for word in ["SOURCE", "DESTINATION", "OTHER"]
        }

    def run(self, command):
        """Runs a command with the names of the own buckets, and returns its exit code and what it prints."""
        words = [self.buckets[word].name if word in self.buckets else word for word in command]
        return outcome(self.bench, self.tool, "replication", *words)

    def general(self, text):
        """Replaces the names and ids of the own buckets."""
        for word, bucket in self.buckets.items():
            text = text.replace(bucket.name, word).replace(bucket.id_, word)
        return text

    def state(self):
        """Returns the replication of each bucket, with keys by their capabilities."""
        keys = {
            key.id_: (self.general(key.key_name), sorted(key.capabilities), key.name_prefix)
            for key in self.bench.api.list_keys()
        }
        found = {}
        for word, bucket in self.buckets.items():
            replication = self.bench.api.get_bucket_by_name(bucket.name).replication
            found[word] = replication and (
                [json.loads(self.general(json.dumps(rule.as_dict()))) for rule in replication.rules],
                keys.get(replication.source_key_id),
                sorted(
                    [keys[source], keys[destination]]
                    for source, destination in replication.source_to_destination_key_mapping.items()
                ),
            )
        return found


def sides(bench, job):
    return [Side(bench, "theirs", beside_python("b2"), job), Side(bench, "ours", bench.b2, job)]


def rules(bench):
    """Rules are created, paused, unpaused and deleted."""
    theirs, ours = sides(bench, "rules")
    for number, command in enumerate(CHANGES):
        codes = [side.run(command)[0] for side in (theirs, ours)]
        what = f"{number} {' '.join(command)}"
        bench.equal(f"{what}: exit code", codes[1], codes[0])
        for word in ours.buckets:
            bench.equal(f"{what}: {word}", ours.state()[word], theirs.state()[word])


def refused(bench):
    """Commands that fail change nothing."""
    theirs, ours = sides(bench, "refused")
    for side, commands in [(theirs, REFUSED), (ours, REFUSED + REFUSED_HERE)]:
        before = side.state()
        for command in commands:
            bench.equal(f"{side.tool} {' '.join(command)}", side.run(command)[0] != 0, True)
        bench.equal(f"{side.tool}: the buckets", side.state(), before)


def status(bench):
    """The status of files that are on both sides."""
    both = sides(bench, "status")
    for side in both:
        bench.equal("setup", side.run(["setup", "--name", "all", "SOURCE", "DESTINATION"])[0], 0)
        part = ["setup", "--name", "part", "--file-name-prefix", "b/", "SOURCE", "OTHER"]
        bench.equal("setup of a part", side.run(part)[0], 0)
        for name, content in FILES.items():
            side.buckets["SOURCE"].upload_bytes(content, name, file_info={"color": "blue"})
        # Replaced in both.
        side.buckets["SOURCE"].upload_bytes(b"newer", "a")
    for options in STATUS:
        (code, theirs), (own, ours) = [side.run(["status", "--no-progress", *options, "SOURCE"]) for side in both]
        bench.equal(f"status {options}: exit code", own, code)
        theirs, ours = [side.general(text) for side, text in zip(both, [theirs, ours], strict=True)]
        if "json" in options:
            theirs, ours = json.loads(theirs), json.loads(ours)
        bench.equal(f"status {options}", ours, theirs)


JOBS = [rules, refused, status]


def main():
    words = sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(sys.argv[1], folder, "--replicate")
        return bench.run_jobs([job for job in JOBS if not words or any(word in job.__name__ for word in words)])


if __name__ == "__main__":
    sys.exit(main())
