"""Backblaze's `b2` beside this project's, command by command, each against a `b2 sim` of its own.

    python commands.py B2 [WORD]...

runs every command of the table, with the `b2` at the path B2 and with the one of this Python, whose code is called in
this process because its start takes most of a second. Compares exit code, standard output, the first line of standard
error, and what is in the account and in the current folder afterwards; IDs, times, tokens and ports are masked. With
words, prints all of a command that contains one. Deliberate differences are in `DIFFERENCES`, each with its reason, and
must be differences. Exits with 1 if anything else differs.
"""

import concurrent.futures
import contextlib
import difflib
import hashlib
import http.client
import json
import logging
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
import warnings

from b2._internal.b2v5 import registry  # noqa: F401
from b2._internal.console_tool import B2, ConsoleTool
from b2sdk.v2 import B2Api, InMemoryAccountInfo

from commands_table import AMBIGUOUS, COMMANDS, DIFFERENCES, FILES, OPTION_VALUES

KEY_ID, KEY = "0123456789ab", "K001masterkeyofthesimulator0001"
SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

READ_ONLY = (
    "account",
    "bucket get",
    "bucket list",
    "cat",
    "file cat",
    "file download",
    "file info",
    "file url",
    "get",
    "license",
    "list",
    "ls",
    "make",
    "version",
)
"""The beginnings of commands after which the account needs no comparison."""

LARGE_FILE_SHA1 = re.compile(r'\n(INFO large_file_sha1: *| *"large_file_sha1": ")[0-9a-f]{40}(",)?')
"""What theirs stores with each large file, and ours with `--whole-sha1`. It is compared in the account only."""

MASKS = [
    (re.compile(r"4_z[0-9a-f]{24}_[0-9a-z_]+"), "<file>"),
    (re.compile(r"\b[0-9a-f]{24}\b"), "<bucket>"),
    (re.compile(r'"revision": \d+'), '"revision": <number>'),
    (re.compile(r"127\.0\.0\.1:\d+"), "<server>"),
    (re.compile(r"\b1[789]\d{11}\b"), "<millis>"),
    (re.compile(r"\b20\d\d-\d\d-\d\d\b"), "<date>"),
    (re.compile(r"\b\d\d:\d\d:\d\d\b"), "<time>"),
    (re.compile(r"Authorization=\S+"), "Authorization=<token>"),
    (re.compile(r"\b4_[0-9a-f]{12}_[0-9a-f]{8}_[0-9a-f]{32}_\w+"), "<token>"),
    (re.compile(r"\b00[0-9a-f]{23}\b"), "<key id>"),
    (re.compile(r"\bK00[0-9A-Za-z+/]{10,}"), "<key>"),
]


VOLATILE = ("accountId", "applicationKeyId", "bucketId", "bucketIds", "fileId", "revision", "uploadTimestamp", "plan_id", "contentMd5")
"""Fields of the account that differ between equal accounts. b2sdk adds `plan_id` to files that it composes."""


def without_volatile(value):
    if isinstance(value, dict):
        return {name: without_volatile(field) for name, field in value.items() if name not in VOLATILE}
    return [without_volatile(item) for item in value] if isinstance(value, list) else value


class Side:
    """A simulator, an account and a folder, and how commands are run with them."""

    def __init__(self, name, b2, folder):
        self.name = name
        self.folder = pathlib.Path(folder) / name / "work"
        self.folder.mkdir(parents=True)
        self.home = self.folder.parent
        kept = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")
        # Another thread may run with another environment.
        self.inherited = {name: value for name, value in os.environ.items() if name in kept}
        sizes = ["--part-size", "300000", "--minimum-part-size", "100000"]
        command = [b2, "sim", "--json", *sizes, "--key-id", KEY_ID, "--key", KEY]
        self.sim = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        printed = ""
        while True:
            printed += self.sim.stdout.readline()
            with contextlib.suppress(json.JSONDecodeError):
                self.realm = json.loads(printed)["realm"]
                break
        self.api = B2Api(InMemoryAccountInfo())
        self.api.authorize_account(application_key_id=KEY_ID, application_key=KEY, realm=self.realm)
        self.connection = http.client.HTTPConnection(self.realm.removeprefix("http://"))
        self.token = self.api.account_info.get_account_auth_token()
        for path, content, millis in FILES:
            path = self.folder / path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            os.utime(path, ns=(millis * 1_000_000, millis * 1_000_000))

    def environment(self, variables):
        environment = {
            **self.inherited,
            "HOME": str(self.home),
            "PYTHONIOENCODING": "utf-8",
            "B2_ENVIRONMENT": self.realm,
            "B2_APPLICATION_KEY_ID": KEY_ID,
            "B2_APPLICATION_KEY": KEY,
            "B2_ACCOUNT_INFO": str(self.home / "account_info"),
            "B2_SOURCE_SSE_C_KEY_B64": SECRET,
            "B2_DESTINATION_SSE_C_KEY_B64": SECRET,
            "B2_DESTINATION_SSE_C_KEY_ID": "key-1",
            "NO_PROXY": "127.0.0.1",
            **variables,
        }
        return {name: value for name, value in environment.items() if value is not None}

    def words(self, command):
        """Returns the words of a command: `{id:BUCKET/NAME}` is the ID of the newest version of a file."""

        def found(match):
            kind, value = match.group(1), match.group(2)
            if kind == "bucket":
                return self.api.get_bucket_by_name(value).id_
            if kind == "key":
                return next(key.id_ for key in self.api.list_keys() if key.key_name == value)
            bucket, _, name = value.partition("/")
            bucket = self.api.get_bucket_by_name(bucket)
            if kind == "large":
                return next(file.file_id for file in bucket.list_unfinished_large_files() if file.file_name == name)
            versions = list(bucket.list_file_versions(name))
            return versions[int(kind[2:] or 0)].id_

        return [re.sub(r"\{(\w+):([^}]*)\}", found, word) for word in shlex.split(command)]

    def post(self, call, **parameters):
        """Calls the API over one connection, which takes a fraction of the time that b2sdk takes."""
        body = json.dumps(parameters)
        try:
            self.connection.request("POST", f"/b2api/v4/{call}", body, {"Authorization": self.token})
        except (BrokenPipeError, ConnectionResetError):
            # The server closes connections that were idle for long.
            self.connection.close()
            self.connection.request("POST", f"/b2api/v4/{call}", body, {"Authorization": self.token})
        response = self.connection.getresponse()
        content = json.loads(response.read())
        if response.status != 200:
            raise RuntimeError(f"{call}: {content}")
        return content

    def state(self):
        """Returns what is in the account."""
        account = self.api.account_info.get_account_id()
        state = [["key", key] for key in self.post("b2_list_keys", accountId=account, maxKeyCount=1000)["keys"]]
        for bucket in self.post("b2_list_buckets", accountId=account)["buckets"]:
            in_bucket = {"bucketId": bucket["bucketId"]}
            rules = []
            if bucket["bucketName"] in ("first-bucket", "second-bucket"):
                rules = self.post("b2_get_bucket_notification_rules", **in_bucket)["eventNotificationRules"]
            files = self.post("b2_list_file_versions", maxFileCount=1000, **in_bucket)["files"]
            unfinished = self.post("b2_list_unfinished_large_files", maxFileCount=100, **in_bucket)["files"]
            state.append(["bucket", bucket])
            state += [[bucket["bucketName"], item] for item in [*files, *unfinished, *rules]]
        return [self.masked(json.dumps(without_volatile(part), sort_keys=True)) for part in state]

    def local(self):
        """Returns the files of the folder with their content and time."""
        files = []
        for path in sorted(self.folder.rglob("*")):
            if path.is_file() and path.name != "b2_cli.log":
                content = path.read_bytes()
                # Times that the command sets are those of `FILES`; others are now.
                modified = path.stat().st_mtime_ns // 1_000_000
                shown = modified if modified < 1_650_000_000_000 else "now"
                files.append((str(path.relative_to(self.folder)), hashlib.sha1(content).hexdigest(), shown))
        return files

    def masked(self, text):
        text = text.replace(str(self.folder), "<folder>").replace(str(self.home), "<home>")
        for pattern, shown in MASKS:
            text = pattern.sub(shown, text)
        return text


class Ours(Side):
    def __init__(self, name, b2, folder):
        super().__init__(name, b2, folder)
        self.b2 = b2

    def run(self, words, variables, stdin):
        done = subprocess.run(
            [self.b2, *words],
            env=self.environment(variables),
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr


class Theirs(Side):
    """Calls the tool in this process, with its environment, folder and standard streams in place of this one's."""

    def run(self, words, variables, stdin):
        environment, folder = dict(os.environ), os.getcwd()
        saved = [os.dup(number) for number in range(3)]
        streams = [tempfile.TemporaryFile() for _ in range(3)]
        streams[0].write(stdin)
        streams[0].seek(0)
        sys.stdout.flush()
        sys.stderr.flush()
        try:
            os.environ.clear()
            os.environ.update(self.environment(variables))
            os.chdir(self.folder)
            for number, stream in enumerate(streams):
                os.dup2(stream.fileno(), number)
            code = self.call(["b2", *words])
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, descriptor in enumerate(saved):
                os.dup2(descriptor, number)
                os.close(descriptor)
            os.environ.clear()
            os.environ.update(environment)
            os.chdir(folder)
        printed = []
        for stream in streams[1:]:
            stream.seek(0)
            printed.append(stream.read())
            stream.close()
        streams[0].close()
        return code, *printed

    @staticmethod
    def call(argv):
        sys.argv = argv
        warnings.resetwarnings()
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            return ConsoleTool(stdout=sys.stdout, stderr=sys.stderr).run_command(argv)
        except SystemExit as exit_:
            return exit_.code or 0
        except Exception:
            traceback.print_exc()
            return 1
        finally:
            # `logging.warning` adds a handler, which stays.
            logging.root.handlers.clear()


def first_line(text):
    """Returns the first line of standard error that is no progress bar, nor the realm or a warning of Python,
    which theirs prints, nor the summary of a synchronization, which ours prints."""
    skipped = re.compile(r"Using http|UserWarning: |Dry run: |\d+ files? compared: |.*(\d+%\||\d+\.\d+[kMG]?B/s|\d+it/s)")
    lines = (line.rstrip() for line in re.split(r"[\r\n]+", text))
    return next((line for line in lines if line and not skipped.match(line)), "")


def outcome(side, words, variables, stdin):
    code, out, err = side.run(words, variables, stdin)
    out, err = (side.masked(text.decode("utf-8", "replace")) for text in (out, err))
    out = LARGE_FILE_SHA1.sub("", out)
    if words[:1] == ["sync"]:
        # Files are transferred at the same time, and reported when they are complete.
        out = "\n".join(sorted(out.splitlines()))
    if side.name == "theirs" and code == 2:
        # The help comes before the error, on standard output.
        out = ""
    return {"code": code, "stdout": out, "stderr": first_line(err)}, err


def described(ours, theirs):
    """Returns the lines that differ."""
    if isinstance(ours, str) and isinstance(theirs, str) and "\n" in ours + theirs:
        lines = difflib.unified_diff(ours.splitlines(), theirs.splitlines(), "ours", "theirs", n=0, lineterm="")
        return "\n    " + "\n    ".join(list(lines)[2:12])
    return f"ours {ours!r}, theirs {theirs!r}"


def difference(pair):
    """Returns what of each of two lists is not in the other."""
    return tuple([item for item in pair[one] if item not in pair[1 - one]] for one in (0, 1))


def kind_of_difference(ours, theirs, error):
    """Returns a difference that many commands have, or None."""
    if theirs["code"] == 2 and ours["code"] == 2:
        return "usage"
    if re.search("^Traceback", error, re.M) and ours["code"] in (1, 2):
        return "crash"
    return None


def commands_with_options():
    """Returns each command of theirs with its options: the name, whether it takes a value, and the choices."""
    found = []

    def walk(parser, path):
        subparsers, options = None, []
        for action in parser._actions:
            if action.__class__.__name__ == "_SubParsersAction":
                subparsers = action
                continue
            names = [name for name in action.option_strings if name not in ("-h", "--help", "--help-all")]
            options += [(name, action.nargs != 0, action.choices) for name in names]
        found.append((path, options))
        if subparsers:
            for name, child in subparsers.choices.items():
                walk(child, [*path, name])

    walk(B2.create_parser(), [])
    return found


def words_of(options):
    """Returns the words of options, each with a value that it accepts."""
    words = []
    for name, takes_value, choices, *full in options:
        words.append(name)
        if takes_value:
            words.append(next(iter(choices)) if choices else OPTION_VALUES.get(full[0] if full else name, "x1234567"))
    return words


def shortened(options):
    """Returns the options under the shortest beginnings, of four letters or more, that no other option of theirs has."""
    names = [name for name, *_ in options] + ["--help"]
    short = []
    for name, *rest in options:
        lengths = range(min(6, len(name)), len(name) + 1)
        unique = (n for n in lengths if sum(other.startswith(name[:n]) for other in names) == 1)
        short.append((name[: next(unique, len(name))], *rest, name))
    return [(prefix, takes_value, choices, name) for prefix, takes_value, choices, name in short if name.startswith("--")]


def check_options(b2, environment):
    """Checks that each command and option of theirs exists in ours, and returns their numbers and the faults."""

    def error(words):
        done = subprocess.run([b2, *words, "--help"], env=environment, capture_output=True, check=False, text=True)
        return f"{' '.join(words)}: {done.stderr.splitlines()[0]}" if done.returncode else None

    def check(row):
        path, options = row
        faults = []
        for some in (options, shortened(options)):
            if error([*path, *words_of(some)]):
                faults += [fault for fault in (error([*path, *words_of([option])]) for option in some) if fault]
        return faults

    rows = commands_with_options()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        faults = [fault for some in pool.map(check, rows) for fault in some]
    ambiguous = {start: [fault for fault in faults if fault.startswith((f"{start} ", f"{start}:"))] for start in AMBIGUOUS}
    faults = [fault for fault in faults if not any(fault in some for some in ambiguous.values())]
    faults += [f"{start}: is not ambiguous" for start, some in ambiguous.items() if not some]
    return len(rows), sum(len(options) for _, options in rows), faults


def compare(ours, theirs, words):
    """Runs all commands with both sides, and returns the number of commands and the faults."""
    faults, seen, kinds, times = [], set(), {}, {}
    states = [ours.state(), theirs.state()]
    pool = concurrent.futures.ThreadPoolExecutor(1)
    for row in COMMANDS:
        command, variables, stdin = row if isinstance(row, tuple) else (row, {}, b"")
        label = " ".join([f"{name}={value or ''}" for name, value in variables.items()] + [command])
        try:
            ours_words, theirs_words = ours.words(command), theirs.words(command)
        except Exception as error:
            faults.append(f"{command}: cannot be prepared: {type(error).__name__} {error}")
            continue
        start = time.monotonic()
        running = pool.submit(outcome, ours, ours_words, variables, stdin)
        expected, error = outcome(theirs, theirs_words, variables, stdin)
        got, our_error = running.result()
        times[command] = time.monotonic() - start
        different = [what for what in got if got[what] != expected[what]]
        shown = {what: (got[what], expected[what]) for what in different}
        if 0 in (got["code"], expected["code"]) and not command.startswith(READ_ONLY):
            after = [ours.state(), theirs.state()]
            # What differs after a command differs after the next ones, too.
            before, now = difference(states), difference(after)
            new = tuple([item for item in now[one] if item not in before[one]] for one in (0, 1))
            if any(new):
                different.append("state")
                shown["state"] = new
            states = after
        if ours.local() != theirs.local():
            different.append("folder")
            shown["folder"] = difference([ours.local(), theirs.local()])
            shutil.rmtree(ours.folder)
            shutil.copytree(theirs.folder, ours.folder)
        if os.environ.get("B2_COMMANDS_PROGRESS"):
            print(f"{times[command]:.2f} {time.monotonic() - start:.2f} {command}", flush=True)
        if any(word in command for word in words):
            print(f"{command}\n  ours {got} {our_error!r}\n  theirs {expected} {error[-2000:]!r}\n  different: {different}")
        deliberate = DIFFERENCES.get(label)
        kind = kind_of_difference(got, expected, error)
        if deliberate:
            seen.add(label)
            what, _ = deliberate
            if set(different) != set(what.split()):
                faults.append(f"{label}: differs in {different}, and should in {what}: {shown}")
        elif kind and not {"state", "folder"} & set(different):
            kinds[kind] = kinds.get(kind, 0) + 1
        elif different:
            explained = "; ".join(f"{what}: {described(*pair)}" for what, pair in shown.items())
            faults.append(f"{label}: {explained}")
    slowest = sorted(times, key=times.get)[-5:]
    print("slowest: " + ", ".join(f"{command} ({times[command]:.1f} s)" for command in reversed(slowest)))
    for command in DIFFERENCES:
        if command not in seen:
            faults.append(f"{command}: is a deliberate difference, and no command")
    print(f"{len(COMMANDS)} commands, {len(DIFFERENCES)} deliberate differences, {kinds}")
    return faults


def main():
    b2, words = os.path.abspath(sys.argv[1]), sys.argv[2:]
    # Their parser is the same for each command, and takes longer than most commands.
    parser = B2.create_parser(name="b2", b2_binary_name="b2")
    B2.create_parser = lambda **_: parser
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Ours("ours", b2, folder), Theirs("theirs", b2, folder)
        try:
            number, options, faults = check_options(b2, ours.environment({}))
            print(f"{number} names of their commands with {options} options, {len(faults)} that ours does not have")
            faults += compare(ours, theirs, words)
        finally:
            for side in (ours, theirs):
                side.sim.terminate()
                side.sim.wait()
    for fault in faults:
        print(f"FAULT {fault[:1500]}")
    print(f"{len(faults)} faults in {time.monotonic() - start:.0f} s")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
