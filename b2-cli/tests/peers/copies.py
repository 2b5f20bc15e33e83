"""Copies and composed files, by Backblaze's clients and rclone, against `b2 sim`.

    python copies.py B2 [JOB]...

runs every job, or those whose names contain a word, with the `b2` at the path B2. It needs the packages `b2sdk` and
`b2` in this Python, and runs `rclone` if it is beside this Python or in the path. Each job creates files and compares
their bytes and metadata with what B2 documents. Exits with 1 if any differ.
"""

import base64
import contextlib
import hashlib
import io
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

from b2sdk.v2 import (
    SSE_B2_AES,
    B2Api,
    CopySource,
    EncryptionAlgorithm,
    EncryptionKey,
    EncryptionMode,
    EncryptionSetting,
    FileRetentionSetting,
    InMemoryAccountInfo,
    LegalHold,
    RetentionMode,
    UploadMode,
    UploadSourceBytes,
    UploadSourceLocalFile,
    WriteIntent,
)

MINIMUM = 100_000
"""The smallest part of the simulator, in bytes."""

PART = 300_000
"""The recommended part size of the simulator, in bytes."""

INFO = {"colour": "blue", "src_last_modified_millis": "1700000000000"}


def sse_c(number):
    """Returns an SSE-C setting with a key and a key ID of this number."""
    key = EncryptionKey(secret=bytes([number]) * 32, key_id=f"key-{number}")
    return EncryptionSetting(EncryptionMode.SSE_C, EncryptionAlgorithm.AES256, key)


def data(size, seed):
    """Returns random bytes, the same for the same seed."""
    return random.Random(seed).randbytes(size)


class Bench:
    """A simulator, an account, and two buckets."""

    def __init__(self, b2, folder, *flags):
        self.b2 = b2
        self.folder = pathlib.Path(folder)
        sizes = ["--part-size", str(PART), "--minimum-part-size", str(MINIMUM)]
        self.sim = subprocess.Popen([b2, "sim", "--json", *sizes, *flags], stdout=subprocess.PIPE, text=True)
        printed = ""
        while True:
            printed += self.sim.stdout.readline()
            with contextlib.suppress(json.JSONDecodeError):
                said = json.loads(printed)
                break
        self.realm, self.key_id, self.key = said["realm"], said["keyId"], said["key"]
        self.api = B2Api(InMemoryAccountInfo())
        self.api.authorize_account(application_key_id=self.key_id, application_key=self.key, realm=self.realm)
        self.bucket = self.api.create_bucket("first-bucket", "allPrivate")
        self.other = self.api.create_bucket("second-bucket", "allPrivate", is_file_lock_enabled=True)
        self.faults = []
        self.checks = 0

    def environment(self):
        """Returns the environment variables of a command."""
        return {
            **os.environ,
            "B2_ENVIRONMENT": self.realm,
            "B2_APPLICATION_KEY_ID": self.key_id,
            "B2_APPLICATION_KEY": self.key,
            "B2_ACCOUNT_INFO": str(self.folder / "account_info"),
            "RCLONE_CONFIG": str(self.folder / "rclone.conf"),
            "RCLONE_CONFIG_SIM_TYPE": "b2",
            "RCLONE_CONFIG_SIM_ACCOUNT": self.key_id,
            "RCLONE_CONFIG_SIM_KEY": self.key,
            "RCLONE_CONFIG_SIM_ENDPOINT": self.realm,
            "NO_PROXY": "127.0.0.1",
        }

    def run(self, *command, **variables):
        """Runs a command, and returns what it prints; raises if it fails."""
        done = subprocess.run(
            [str(word) for word in command],
            env={**self.environment(), **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{command}: exit code {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def equal(self, what, got, expected):
        self.checks += 1
        if got != expected:
            shown = [repr(value)[:300] for value in (got, expected)]
            self.faults.append(f"{what}: got {shown[0]}, expected {shown[1]}")
            print(f"  FAULT {self.faults[-1]}")

    def file(self, what, bucket, name, content, content_type=None, info=None, encryption=None, key=None, whole=True):
        """Compares a file: its bytes, and the properties that are given.

        A range that is copied with the file info of its source has the `large_file_sha1` of the source.
        """
        out = io.BytesIO()
        downloaded = bucket.download_file_by_name(name, encryption=key)
        downloaded.save(out)
        self.equal(f"{what}: bytes", hashlib.sha1(out.getvalue()).hexdigest(), hashlib.sha1(content).hexdigest())
        version = downloaded.download_version
        self.equal(f"{what}: size", version.content_length, len(content))
        if content_type is not None:
            self.equal(f"{what}: content type", version.content_type, content_type)
        if info is not None:
            # b2sdk marks the files that it composes.
            got = {name: value for name, value in version.file_info.items() if name != "plan_id"}
            self.equal(f"{what}: info", got, info)
        sha1 = version.file_info.get("large_file_sha1")
        if sha1 is not None and whole:
            self.equal(f"{what}: large_file_sha1", sha1, hashlib.sha1(content).hexdigest())
        if encryption is not None:
            self.equal(f"{what}: encryption", version.server_side_encryption.mode, encryption)

    def run_jobs(self, jobs):
        """Runs jobs, stops the simulator, and returns the exit code."""
        try:
            for job in jobs:
                start, faults = time.monotonic(), len(self.faults)
                try:
                    job(self)
                except Exception as error:
                    self.faults.append(f"{type(error).__name__}: {error}")
                    print(f"  FAULT {self.faults[-1]}")
                verdict = "ok" if len(self.faults) == faults else "FAULTY"
                print(f"{job.__name__}: {verdict} in {time.monotonic() - start:.1f} s", flush=True)
        finally:
            self.sim.terminate()
            self.sim.wait()
        print(f"{self.checks} checks, {len(self.faults)} faults")
        return 1 if self.faults else 0

    def raises(self, what, error, action):
        try:
            action()
        except Exception as raised:
            self.equal(what, type(raised).__name__, error)
        else:
            self.equal(what, "no error", error)


def copy_small(bench):
    content = data(20_000, 1)
    source = bench.bucket.upload_bytes(content, "source.txt", file_info=INFO)
    copy = bench.bucket.copy(source.id_, "copy")
    bench.equal("action", copy.action, "copy")
    bench.equal("SHA-1", copy.content_sha1, source.content_sha1)
    bench.file("copy", bench.bucket, "copy", content, "text/plain", INFO)
    bench.other.copy(source.id_, "copy")
    bench.file("in another bucket", bench.other, "copy", content, "text/plain", INFO)
    bench.bucket.copy(source.id_, "part", offset=3, length=700)
    bench.file("range", bench.bucket, "part", content[3:703])
    bench.bucket.copy(source.id_, "all", offset=0, length=len(content))
    bench.file("range of all", bench.bucket, "all", content)
    bench.bucket.copy(source.id_, "new", content_type="x/y", file_info={"a": "b"})
    bench.file("replaced", bench.bucket, "new", content, "x/y", {"a": "b"})
    bench.bucket.copy(source.id_, "none", content_type="x/y", file_info={})
    bench.file("replaced by nothing", bench.bucket, "none", content, "x/y", {})
    bench.raises(
        "range after the end",
        "UnsatisfiableRange",
        lambda: bench.bucket.copy(source.id_, "late", offset=20_001, length=3),
    )
    bench.raises("unknown source", "FileNotPresent", lambda: bench.bucket.copy("nothing", "x"))
    retention = FileRetentionSetting(RetentionMode.COMPLIANCE, int(time.time() * 1000) + 60_000)
    lock = {"file_retention": retention, "legal_hold": LegalHold.ON}
    for length in [None, len(content)]:
        locked = bench.other.copy(source.id_, "locked", length=length, **lock)
        bench.equal("retention", locked.file_retention, retention)
        bench.equal("legal hold", locked.legal_hold, LegalHold.ON)
    unlocked = bench.other.copy(locked.id_, "unlocked")
    bench.equal("retention of a copy", unlocked.file_retention.mode, RetentionMode.NONE)


def copy_large(bench):
    content = data(2_000_000, 2)
    source = bench.bucket.upload_bytes(content, "large-source", content_type="a/b", file_info=INFO)
    bench.equal("source", source.content_sha1, "none")
    bench.bucket.copy(source.id_, "large-copy")
    bench.file("whole", bench.bucket, "large-copy", content, "a/b")
    parts = {"min_part_size": MINIMUM, "max_part_size": 450_000}
    bench.bucket.copy(source.id_, "in-parts", offset=7, length=1_900_000, **parts)
    bench.file("in parts", bench.bucket, "in-parts", content[7:1_900_007])
    bench.other.copy(
        source.id_, "in-parts", content_type="x/y", file_info={"a": "b"}, offset=0, length=2_000_000, **parts
    )
    bench.file("in parts in another bucket", bench.other, "in-parts", content, "x/y", {"a": "b"})


def encryption(bench):
    """The matrix of encryption settings, in one call and in parts."""
    content = data(1_000_000, 3)
    sources = {}
    for name, setting in [("plain", None), ("sse-b2", SSE_B2_AES), ("sse-c", sse_c(1))]:
        one = content[:50_000]
        small = bench.bucket.upload_bytes(one, f"{name}-small", "a/b", file_info=INFO, encryption=setting)
        large = bench.bucket.upload_bytes(content, f"{name}-large", "a/b", file_info=INFO, encryption=setting)
        sources[name] = [(small, one), (large, content)]
    none, given = {}, {"content_type": "x/y", "file_info": {"a": "b"}}
    known = {"source_content_type": "a/b", "source_file_info": INFO}
    for source, source_key, target, metadata in [
        ("plain", None, SSE_B2_AES, [none]),
        ("plain", None, sse_c(2), [given, known]),
        ("sse-b2", None, None, [none]),
        ("sse-b2", None, SSE_B2_AES, [none]),
        ("sse-b2", None, sse_c(2), [given, known]),
        ("sse-c", sse_c(1), None, [given, known]),
        ("sse-c", sse_c(1), sse_c(1), [none]),
        ("sse-c", sse_c(1), SSE_B2_AES, [given, known]),
        ("sse-c", sse_c(1), sse_c(2), [given, known]),
    ]:
        for file, expected in sources[source]:
            for more in metadata:
                in_parts = {"length": len(expected), "min_part_size": MINIMUM, "max_part_size": 400_000}
                for lengths in [{}, {"length": len(expected)}, in_parts]:
                    secret = target is not None and target.mode == EncryptionMode.SSE_C
                    mode = EncryptionMode.SSE_C if secret else EncryptionMode.SSE_B2
                    what = f"{source} {len(expected)} to {target and target.mode} {list(more)} {list(lengths)}"
                    bench.bucket.copy(
                        file.id_,
                        "encrypted",
                        source_encryption=source_key,
                        destination_encryption=target,
                        **more,
                        **lengths,
                    )
                    key = target if secret else None
                    bench.file(what, bench.bucket, "encrypted", expected, encryption=mode, key=key)
    secret = sources["sse-c"][0][0].id_
    bench.raises("no key", "BadRequest", lambda: bench.bucket.copy(secret, "x"))
    wrong = {"source_encryption": sse_c(2), "destination_encryption": sse_c(2)}
    bench.raises("wrong key", "SSECKeyError", lambda: bench.bucket.copy(secret, "x", **wrong))


def composed(bench):
    content, local = data(1_500_000, 4), data(900_000, 5)
    source = bench.bucket.upload_bytes(content, "parts-of-this")
    path = bench.folder / "local"
    path.write_bytes(local)
    expected = content[:400_000] + local + content[1_000_000:1_400_000] + b"end"

    def sources():
        return [
            CopySource(source.id_, offset=0, length=400_000),
            UploadSourceLocalFile(str(path)),
            CopySource(source.id_, offset=1_000_000, length=400_000),
            UploadSourceBytes(b"end"),
        ]

    sha1 = hashlib.sha1(expected).hexdigest()
    bench.bucket.concatenate(sources(), "concatenated", "x/y", {"a": "b"}, large_file_sha1=sha1)
    info = {"a": "b", "large_file_sha1": sha1}
    bench.file("concatenate", bench.bucket, "concatenated", expected, "x/y", info)
    bench.bucket.concatenate_stream(iter(sources()), "streamed", "x/y", {"a": "b"}, encryption=sse_c(3))
    info = {"a": "b", "sse_c_key_id": "key-3"}
    bench.file("concatenate_stream", bench.bucket, "streamed", expected, "x/y", info, EncryptionMode.SSE_C, sse_c(3))

    # The copies overlap the local file, and replace it where they do.
    changed = bytearray(local)
    changed[200_000:600_000] = content[:400_000]

    def intents():
        return [
            WriteIntent(UploadSourceLocalFile(str(path)), 0),
            WriteIntent(CopySource(source.id_, offset=0, length=400_000), 200_000),
        ]

    bench.bucket.create_file(intents(), "created", "x/y")
    bench.file("create_file", bench.bucket, "created", bytes(changed), "x/y")
    bench.bucket.create_file_stream(iter(intents()), "created-streamed", "x/y")
    bench.file("create_file_stream", bench.bucket, "created-streamed", bytes(changed), "x/y")
    # Short ranges are downloaded and uploaded again.
    short = [UploadSourceBytes(local[:1]), CopySource(source.id_, offset=5, length=50_000), UploadSourceBytes(local)]
    bench.bucket.concatenate(short, "short")
    bench.file("short copies", bench.bucket, "short", local[:1] + content[5:50_005] + local)


def uploads(bench):
    content = data(1_200_000, 6)
    path = bench.folder / "grows"
    for number, size in enumerate([800_000, 1_200_000, 500_000]):
        path.write_bytes(content[:size])
        bench.bucket.upload_local_file(str(path), "grows", upload_mode=UploadMode.INCREMENTAL)
        bench.file(f"incremental {number}", bench.bucket, "grows", content[:size])
    stream = io.BytesIO(content)
    bench.bucket.upload_unbound_stream(stream, "unbound", "x/y", {"a": "b"})
    bench.file("unbound stream", bench.bucket, "unbound", content, "x/y", {"a": "b"})
    bench.bucket.upload_unbound_stream(io.BytesIO(b""), "empty")
    bench.file("empty stream", bench.bucket, "empty", b"")


def b2_command(bench):
    """The commands of Backblaze's `b2`."""
    same_commands(bench, [beside_python("b2")], "theirs")


def our_command(bench):
    """The same commands of this project's `b2`."""
    same_commands(bench, [bench.b2], "ours")


def beside_python(name):
    """Returns the path of a program that is installed with this Python, or is in the path."""
    return shutil.which(name, path=f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}")


def key_of(setting):
    return base64.b64encode(setting.key.secret).decode()


def same_commands(bench, b2, prefix):
    content = data(700_000, 7)
    source = bench.bucket.upload_bytes(content, f"{prefix}/source", "a/b", file_info=INFO)
    uri, to = f"b2id://{source.id_}", f"b2://{bench.other.name}/{prefix}"
    copy = [*b2, "file", "server-side-copy"]
    bench.run(*copy, uri, f"{to}/copy")
    bench.file(f"{prefix}: copy", bench.other, f"{prefix}/copy", content, "a/b", source.file_info)
    bench.run(*copy, f"b2://{bench.bucket.name}/{prefix}/source", f"{to}/by-name")
    bench.file(f"{prefix}: by name", bench.other, f"{prefix}/by-name", content, "a/b", source.file_info)
    bench.run(*copy, "--range", "10,99", uri, f"{to}/range")
    bench.file(f"{prefix}: range", bench.other, f"{prefix}/range", content[10:100], "a/b", whole=prefix == "ours")
    bench.run(*copy, "--content-type", "x/y", "--info", "a=b", uri, f"{to}/new")
    bench.file(f"{prefix}: replaced", bench.other, f"{prefix}/new", content, "x/y", {"a": "b"})
    bench.run(*copy, "--content-type", "x/y", "--no-info", uri, f"{to}/no-info")
    bench.file(f"{prefix}: no info", bench.other, f"{prefix}/no-info", content, "x/y", {})
    bench.run(
        *copy,
        "--content-type",
        "x/y",
        "--no-info",
        "--destination-server-side-encryption",
        "SSE-C",
        uri,
        f"{to}/secret",
        B2_DESTINATION_SSE_C_KEY_B64=key_of(sse_c(4)),
        B2_DESTINATION_SSE_C_KEY_ID="key-4",
    )
    name, info = f"{prefix}/secret", {"sse_c_key_id": "key-4"}
    bench.file(f"{prefix}: secret", bench.other, name, content, "x/y", info, EncryptionMode.SSE_C, sse_c(4))
    # By name, theirs asks for the file info without the key.
    [secret] = bench.other.list_file_versions(name)
    bench.run(
        *copy,
        "--fetch-metadata",
        "--source-server-side-encryption",
        "SSE-C",
        f"b2id://{secret.id_}",
        f"{to}/revealed",
        B2_SOURCE_SSE_C_KEY_B64=key_of(sse_c(4)),
        B2_SOURCE_SSE_C_KEY_ID="key-4",
    )
    name = f"{prefix}/revealed"
    bench.file(f"{prefix}: revealed", bench.other, name, content, "x/y", {}, EncryptionMode.SSE_B2)
    until = str(int(time.time() * 1000) + 3_600_000)
    lock = ["--file-retention-mode", "governance", "--retain-until", until, "--legal-hold", "on"]
    bench.run(*copy, *lock, uri, f"{to}/locked")
    locked = bench.other.get_file_info_by_name(f"{prefix}/locked")
    bench.equal(f"{prefix}: retention", locked.file_retention.mode, RetentionMode.GOVERNANCE)
    bench.equal(f"{prefix}: legal hold", locked.legal_hold, LegalHold.ON)
    bench.run(*b2, "file", "copy-by-id", source.id_, bench.other.name, f"{prefix}/by-id")
    bench.file(f"{prefix}: by ID", bench.other, f"{prefix}/by-id", content, "a/b", source.file_info)
    path = bench.folder / f"{prefix}-grows"
    for number, size in enumerate([400_000, 700_000]):
        path.write_bytes(content[:size])
        bench.run(*b2, "file", "upload", "--incremental-mode", bench.bucket.name, path, f"{prefix}/grows")
        bench.file(f"{prefix}: incremental {number}", bench.bucket, f"{prefix}/grows", content[:size])


def our_concatenation(bench):
    content, local = data(600_000, 8), data(450_000, 9)
    source = bench.bucket.upload_bytes(content, "ours/left")
    path = bench.folder / "right"
    path.write_bytes(local)
    to = f"b2://{bench.bucket.name}/ours/joined"
    bench.run(bench.b2, "file", "concatenate", f"b2id://{source.id_}", path, f"b2://{bench.bucket.name}/ours/left", to)
    bench.file("concatenate", bench.bucket, "ours/joined", content + local + content)


def rclone(bench):
    """Copies and moves within the service."""
    program = beside_python("rclone")
    if program is None:
        print("  rclone is not installed")
        return
    first, second = f"sim:{bench.bucket.name}/rclone", f"sim:{bench.other.name}/rclone"
    small, large = data(30_000, 10), data(1_300_000, 11)
    folder = bench.folder / "rclone"
    folder.mkdir()
    (folder / "small.txt").write_bytes(small)
    (folder / "large.txt").write_bytes(large)
    parts = ["--b2-copy-cutoff", "1000Ki", "--b2-chunk-size", "5Mi"]
    bench.run(program, "copy", folder, first)
    before = {name: bench.bucket.get_file_info_by_name(f"rclone/{name}") for name in ["small.txt", "large.txt"]}
    for flags, target in [([], "whole"), (parts, "in-parts")]:
        bench.run(program, "copy", *flags, first, f"{second}/{target}")
        for name, content in [("small.txt", small), ("large.txt", large)]:
            info = before[name].file_info
            bench.file(f"rclone copy {target}", bench.other, f"rclone/{target}/{name}", content, info=info)
    bench.run(program, "move", f"{second}/whole", f"{second}/moved")
    bench.file("rclone move", bench.other, "rclone/moved/large.txt", large)
    left = [version.file_name for version, _ in bench.other.ls("rclone/whole", recursive=True)]
    bench.equal("rclone move leaves", left, [])
    bench.run(program, "touch", "-C", "-t", "2020-01-02T03:04:05", f"{second}/moved/small.txt")
    stamped = bench.other.get_file_info_by_name("rclone/moved/small.txt")
    bench.equal("rclone touch", stamped.file_info["src_last_modified_millis"], "1577934245000")
    bench.run(program, "check", "--download", folder, f"{second}/moved")


JOBS = [copy_small, copy_large, encryption, composed, uploads, b2_command, our_command, our_concatenation, rclone]


def run_selected(jobs):
    """Runs the jobs that the arguments of the program select, and returns the exit code."""
    words = sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(sys.argv[1], folder)
        return bench.run_jobs([job for job in jobs if not words or any(word in job.__name__ for word in words)])


if __name__ == "__main__":
    sys.exit(run_selected(JOBS))
