"""kills.py TOOLS [--kills N] [--stops N] [--seed S]: runs that are killed, stopped, doubled or read while they write.

The run's matrices lie in parts while it lasts (spx/store.h), so kills fall between a part and the file that leads to it, too.

  kills    spx-edit gets SIGKILL at a random moment and is resumed: its run file equals an unbroken one's, and no parts are left
  joins    the same among the calls that bring the parts together at the end (needs strace)
  stops    it gets SIGSTOP, a second --resume starts, then the first continues: one of them is refused or both end, the file equals
  writers  two of the same command at once: one is refused by name, the other ends well
  readers  h5py, and spx-compare, open the run file again and again while it grows: always whole
  requeue  SIGTERM (as a batch system sends it), then the same command again

Prints one line a failure and `N passed, N failed`.
"""

import argparse
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

import faults

EDIT = None


def command(tools, work, argv):
    return subprocess.Popen([str(tools / argv[0]), *argv[1:]], cwd=work, env=faults.settled(), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def resume(tools, work):
    done = faults.shell(tools, work, [*EDIT, "--resume"])
    return done.returncode, done.stderr.decode().strip()[-200:]


def killed(tools, work, seconds, how):
    p = command(tools, work, [*EDIT, "--resume"])
    time.sleep(seconds)
    p.send_signal(how)
    p.communicate()
    code, text = resume(tools, work)
    return None if code == 0 else f"resumed with status {code}: {text}"


def joining(tools, work, call, n):
    faults.shell(tools, work, ["strace", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={n}",
                               str(tools / EDIT[0]), *EDIT[1:]])
    code, text = resume(tools, work)
    return None if code == 0 else f"killed at {call} {n}, resumed with status {code}: {text}"


def stopped(tools, work, seconds):
    first = command(tools, work, [*EDIT, "--resume"])
    time.sleep(seconds)
    first.send_signal(signal.SIGSTOP)
    second = faults.shell(tools, work, [*EDIT, "--resume"])
    first.send_signal(signal.SIGCONT)
    first.communicate()
    if first.returncode < 0 or second.returncode < 0:
        return f"statuses {first.returncode} and {second.returncode}"
    code, text = resume(tools, work)
    return None if code == 0 else f"resumed with status {code}: {text}"


def two_writers(tools, work):
    both = [command(tools, work, [*EDIT, "--resume"]) for _ in range(2)]
    texts = [p.communicate()[1].decode() for p in both]
    if sorted(p.returncode for p in both) not in ([0, 0], [0, 3]):
        return f"statuses {[p.returncode for p in both]}: {texts}"
    code, text = resume(tools, work)
    return None if code == 0 else f"resumed with status {code}: {text}"


def readers(tools, work):
    p = command(tools, work, EDIT)
    bad = None
    while p.poll() is None and not bad:
        if (work / "out.h5").exists():
            seen = [str(faults.digest(work / "out.h5"))]
            if seen[0].startswith("unreadable"):
                # the parts may just have been joined: a file opened before that leads to none
                seen.append(str(faults.digest(work / "out.h5")))
            if seen[-1].startswith("unreadable"):
                bad = f"h5py: {seen[-1]}"
            done = faults.shell(tools, work, ["spx-spectrum", "out.h5", "-q"])
            if done.returncode not in (0, 1) and b"no weights" not in done.stderr:
                bad = f"spx-spectrum: {done.stderr.decode().strip()[-200:]}"
    p.communicate()
    return bad or (None if p.returncode == 0 else f"status {p.returncode}")


def main():
    global EDIT
    p = argparse.ArgumentParser()
    p.add_argument("tools", type=pathlib.Path)
    p.add_argument("--kills", type=int, default=10)
    p.add_argument("--stops", type=int, default=5)
    p.add_argument("--joins", type=int, default=5)
    p.add_argument("--seed", default="1")
    args = p.parse_args()
    tools = args.tools.resolve()
    rng = random.Random(args.seed)
    passed = failed = 0
    with tempfile.TemporaryDirectory() as root:
        root = pathlib.Path(root)
        template, work = root / "template", root / "work"
        template.mkdir()
        faults.make_inputs(tools, template)
        EDIT = [c for c in faults.cases() if c.name == "edit"][0].argv
        faults.fresh(template, work)
        began = time.monotonic()
        done = faults.shell(tools, work, EDIT)
        whole, clean = time.monotonic() - began, faults.digest(work / "out.h5")
        if done.returncode != 0:
            sys.exit(done.stderr.decode())
        tries = [("kill", lambda: killed(tools, work, rng.uniform(0, 1.1 * whole), signal.SIGKILL))] * args.kills
        tries += [("join", lambda: joining(tools, work, *rng.choice([("pwrite64", rng.randint(1, 2000)), ("rename", rng.randint(1, 8)),
                                                                     ("unlink", rng.randint(1, 5)), ("fsync", rng.randint(1, 14))])))] * args.joins
        tries += [("stop", lambda: stopped(tools, work, rng.uniform(0, whole)))] * args.stops
        tries += [("writers", lambda: two_writers(tools, work))] * 3 + [("readers", lambda: readers(tools, work))]
        tries += [("requeue", lambda: killed(tools, work, rng.uniform(0, whole), signal.SIGTERM))] * 3
        for name, attempt in tries:
            faults.fresh(template, work)
            bad = attempt()
            if not bad and faults.digest(work / "out.h5") != clean:
                bad = "the run file differs from an unbroken run's"
            if not bad and (work / "out.h5.parts").exists():
                bad = "parts are left"
            passed, failed = passed + (not bad), failed + bool(bad)
            if bad:
                print(f"{name}\t{bad}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
