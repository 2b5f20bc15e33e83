"""Trees of files, kept by rclone, restic and duplicity in `b2 sim`.

    python backups.py B2 [JOB]...

runs every job, or those whose names contain a word, with the `b2` at the path B2. It needs the package `b2sdk` in this
Python. A program that is not installed is left out. Each job writes a tree, lets the program store and restore it, and
compares all bytes. Exits with 1 if any differ.
"""

import hashlib
import json
import os
import pathlib
import random
import shutil
import sys

from copies import beside_python, run_selected

NAMES = ["plain.txt", "with space", "ü/é.txt", "a+b&c=d", "percent%20", "deep/er/and/deeper/file", ".hidden", "100%"]


def write_tree(folder, seed, count=40):
    """Writes files of many sizes, some larger than a part, and an empty one."""
    source = random.Random(seed)
    for number in range(count):
        name = NAMES[number] if number < len(NAMES) else f"folder-{number % 5}/file-{number}"
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        size = source.choice([0, 1, 1_000, 70_000, 700_000])
        path.write_bytes(source.randbytes(size))
        os.utime(path, (1_600_000_000 + number, 1_600_000_000 + number))
    return folder


def change_tree(folder, seed):
    """Changes a tenth of the files, removes one and adds one."""
    source = random.Random(seed)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    files[0].unlink()
    for path in source.sample(files[1:], len(files) // 10):
        path.write_bytes(source.randbytes(5_000))
    (folder / "new file").write_bytes(source.randbytes(3_000))


def tree(folder):
    """Returns the files of a tree with their bytes."""
    files = (path for path in pathlib.Path(folder).rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def program(name):
    """Returns the path of a program; prints that it is missing otherwise."""
    found = beside_python(name) or shutil.which(name)
    if found is None:
        print(f"  {name} is not installed")
    return found


def rclone(bench):
    run = program("rclone")
    if run is None:
        return
    remote = f"sim:{bench.bucket.name}/rclone"
    flags = ["--b2-chunk-size", "5Mi", "--b2-upload-cutoff", "5Mi", "--fast-list"]
    folder = write_tree(bench.folder / "rclone-tree", 1)
    (folder / "large").write_bytes(random.Random(2).randbytes(12_000_000))
    bench.run(run, "sync", *flags, folder, remote)
    bench.run(run, "check", "--download", folder, remote)
    before = tree(folder)
    change_tree(folder, 3)
    bench.run(run, "sync", *flags, folder, remote)
    back = bench.folder / "rclone-back"
    bench.run(run, "copy", *flags, remote, back)
    bench.equal("after a second sync", tree(back), tree(folder))

    # Hidden and replaced versions are shown, and removed by a cleanup.
    listed = bench.run(run, "lsf", "-R", "--files-only", "--b2-versions", remote).splitlines()
    bench.equal("old versions are listed", len(listed) > len(before), True)
    bench.run(run, "backend", "cleanup-hidden", remote)
    listed = bench.run(run, "lsf", "-R", "--files-only", "--b2-versions", remote).splitlines()
    bench.equal("old versions are removed", len(listed), len(tree(folder)))

    sums = bench.run(run, "sha1sum", f"{remote}/new file").split()
    bench.equal("SHA-1", sums[0], hashlib.sha1((folder / "new file").read_bytes()).hexdigest())
    link = bench.run(run, "link", f"{remote}/plain.txt").strip()
    bench.equal("a link", link.startswith(bench.realm), True)
    bench.run(run, "move", f"{remote}/folder-1", f"{remote}/moved")
    bench.run(run, "purge", remote)
    bench.equal("after a purge", bench.run(run, "lsf", "-R", "--b2-versions", remote), "")


def restic(bench):
    """restic has no address of the service among its options, so it stores through rclone."""
    run, through = program("restic"), program("rclone")
    if run is None or through is None:
        return
    cache = bench.folder / "restic-cache"
    variables = {"RESTIC_PASSWORD": "secret", "RESTIC_REPOSITORY": f"rclone:sim:{bench.bucket.name}/restic"}

    def command(*words):
        return bench.run(run, "--cache-dir", cache, "-o", f"rclone.program={through}", *words, **variables)

    command("init")
    folder = write_tree(bench.folder / "restic-tree", 4)
    command("backup", folder)
    first = tree(folder)
    change_tree(folder, 5)
    command("backup", folder)
    command("check", "--read-data")
    for snapshot, expected in [("latest", tree(folder)), (oldest(command("snapshots", "--json")), first)]:
        back = bench.folder / f"restic-{snapshot}"
        command("restore", snapshot, "--target", back)
        bench.equal(f"restored {snapshot}", tree(back / folder.relative_to("/")), expected)
    command("forget", "--keep-last", "1", "--prune")
    command("check", "--read-data")


def oldest(snapshots):
    """Returns the ID of the first of restic's snapshots."""
    return min(json.loads(snapshots), key=lambda snapshot: snapshot["time"])["short_id"]


def duplicity(bench):
    """duplicity always uses Backblaze's service, so its SDK is given another address of that."""
    run = program("duplicity")
    if run is None:
        return
    patch = bench.folder / "patch"
    patch.mkdir()
    lines = ["import os", "import b2sdk.raw_api", "b2sdk.raw_api.REALM_URLS['production'] = os.environ['B2_ENVIRONMENT']"]
    (patch / "sitecustomize.py").write_text("\n".join(lines))
    url = f"b2://{bench.key_id}:{bench.key}@{bench.bucket.name}/duplicity"
    variables = {"PASSPHRASE": "secret", "PYTHONPATH": str(patch), "HOME": str(bench.folder)}

    def command(*words):
        return bench.run(run, "--archive-dir", bench.folder / "duplicity-archive", "--no-encryption", *words, **variables)

    folder = write_tree(bench.folder / "duplicity-tree", 6)
    command("full", "--volsize", "1", folder, url)
    change_tree(folder, 7)
    command("incremental", "--volsize", "1", folder, url)
    command("verify", url, folder)
    back = bench.folder / "duplicity-back"
    command("restore", url, back)
    bench.equal("restored", tree(back), tree(folder))
    status = command("collection-status", url)
    bench.equal("no orphaned files", "No orphaned or incomplete backup sets found." in status, True)


JOBS = [rclone, restic, duplicity]


if __name__ == "__main__":
    sys.exit(run_selected(JOBS))
