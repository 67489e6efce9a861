"""Takes rights from this process for good, with nothing but what Linux gives to everybody: no root, no namespace.

Files by Landlock (Linux 5.13), which leaves out whose and of what date they are; that, network and processes by a filter on system
calls (seccomp); memory and open files by resource limits.
Stands alone: it runs in the process of a plug-in, where there is no Darkroom. What a system cannot enforce is told by `enforced`.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
import sys
from collections.abc import Iterable

_NO_NEW_PRIVS, _SET_SECCOMP, _GET_SECCOMP, _FILTER = 38, 22, 21, 2
_SET_PDEATHSIG, _SIGKILL = 1, 9
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_READ = (1 << 2) | (1 << 3)
_EXECUTE = 1 << 0
_WRITE = 1 << 1
_TRUNCATE = 1 << 14
_FILES_V1 = (1 << 13) - 1
_ABI_TRUNCATE = 3
"""Of Landlock (Linux 6.2); before it, whatever may be opened for reading can be emptied by opening it so."""
_O_TRUNC = 0o1000
_ALLOW, _EPERM, _ENOSYS = 0x7FFF0000, 0x00050000 | 1, 0x00050000 | 38
_CLONE_THREAD = 0x00010000
_ARCHITECTURES = {
    "x86_64": (
        0xC000003E,
        {
            "socket": 41, "socketpair": 53, "clone": 56, "fork": 57, "vfork": 58, "execve": 59, "kill": 62, "ptrace": 101,
            "mount": 165, "tkill": 200, "keyctl": 250, "unshare": 272, "perf_event_open": 298, "setns": 308, "tgkill": 234,
            "process_vm_readv": 310, "process_vm_writev": 311, "bpf": 321, "execveat": 322, "userfaultfd": 323,
            "pidfd_send_signal": 424, "io_uring_setup": 425, "clone3": 435, "pidfd_getfd": 438, "prlimit64": 302,
            "open": 2, "truncate": 76, "creat": 85, "chmod": 90, "fchmod": 91, "chown": 92, "fchown": 93, "lchown": 94,
            "utime": 132, "setxattr": 188, "lsetxattr": 189, "fsetxattr": 190, "removexattr": 197, "lremovexattr": 198,
            "fremovexattr": 199, "utimes": 235, "openat": 257, "fchownat": 260, "futimesat": 261, "fchmodat": 268,
            "utimensat": 280, "openat2": 437, "fchmodat2": 452, "setxattrat": 463, "removexattrat": 466, "file_setattr": 469,
        },
    ),
    "aarch64": (
        0xC00000B7,
        {
            "socket": 198, "socketpair": 199, "clone": 220, "execve": 221, "kill": 129, "ptrace": 117, "mount": 40,
            "tkill": 130, "keyctl": 219, "unshare": 97, "perf_event_open": 241, "setns": 268, "tgkill": 131,
            "process_vm_readv": 270, "process_vm_writev": 271, "bpf": 280, "execveat": 281, "userfaultfd": 282,
            "pidfd_send_signal": 424, "io_uring_setup": 425, "clone3": 435, "pidfd_getfd": 438, "prlimit64": 261,
            "setxattr": 5, "lsetxattr": 6, "fsetxattr": 7, "removexattr": 14, "lremovexattr": 15, "fremovexattr": 16,
            "truncate": 45, "fchmod": 52, "fchmodat": 53, "fchownat": 54, "fchown": 55, "openat": 56, "utimensat": 88,
            "openat2": 437, "fchmodat2": 452, "setxattrat": 463, "removexattrat": 466, "file_setattr": 469,
        },
    ),
}  # fmt: skip
# Nothing a plug-in may ever do: reach into other processes, out of the sandbox, or around the filter.
_NEVER = (
    "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kill", "tkill", "pidfd_send_signal", "mount", "unshare",
    "setns", "bpf", "keyctl", "perf_event_open", "userfaultfd", "io_uring_setup",
)  # fmt: skip
_CHANGES = (
    "truncate", "creat", "chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat", "setxattr",
    "lsetxattr", "fsetxattr", "setxattrat", "removexattr", "lremovexattr", "fremovexattr", "removexattrat", "utime", "utimes",
    "futimesat", "utimensat", "file_setattr",
)  # fmt: skip
"""What changes a file without writing into it."""
_NETWORK = ("socket", "socketpair")
_PROCESSES = ("fork", "vfork", "execve", "execveat")


def enforced() -> dict[str, bool]:
    """What this system can hold a process to: `files`, `network`, `processes`, `memory`."""
    linux = sys.platform == "linux"
    known = linux and platform.machine() in _ARCHITECTURES and _libc().prctl(_GET_SECCOMP, 0, 0, 0, 0) >= 0
    return {"files": known and _landlock() > 0, "network": known, "processes": known, "memory": linux}


def confine(*, readable: Iterable[str], network: bool, processes: bool, gpu: bool, memory_mb: int) -> None:
    """Give up everything that is not granted; what the system cannot enforce is left out.

    Args:
        readable: files and folders that may be read; nothing may be written.
        network: whether connections may be made.
        processes: whether others may be started.
        gpu: whether the devices of a graphics card may be used.
        memory_mb: private memory on top of what the process has now.
    """
    can = enforced()
    if can["memory"]:
        _limit(memory_mb)
        _libc().prctl(_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
        _libc().prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
    if can["memory"] and _landlock() > 0:
        programs = ("/bin", "/usr") if processes else ()
        _allow_files([*readable, *programs], execute=processes, devices=gpu)
    if can["network"]:
        _filter(network=network, processes=processes)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _landlock() -> int:
    """Which version of its rules the kernel knows; none below 1."""
    return _libc().syscall(_LANDLOCK_CREATE, None, 0, 1) if sys.platform == "linux" else 0


def _limit(memory_mb: int) -> None:
    now = 0
    with open("/proc/self/status") as status:  # noqa: PTH123 - pathlib costs more than all the rest of this module
        for line in status:
            if line.startswith("VmData:"):
                now = int(line.split()[1]) * 1024
    for kind, most in (
        (resource.RLIMIT_DATA, now + memory_mb * 1024 * 1024),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 256),
    ):
        hard = resource.getrlimit(kind)[1]
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (least, least))


def _allow_files(readable: Iterable[str], *, execute: bool, devices: bool) -> None:
    libc = _libc()
    truncate = _TRUNCATE if _landlock() >= _ABI_TRUNCATE else 0
    handled = _FILES_V1 | truncate
    rules = libc.syscall(_LANDLOCK_CREATE, ctypes.create_string_buffer(struct.pack("=Q", handled), 8), 8, 0)
    if rules < 0:
        raise OSError(ctypes.get_errno(), "no Landlock rules could be made")
    rights = _READ | (_EXECUTE if execute else 0)
    granted = [(place, rights) for place in readable] + [("/dev/null", _READ | _WRITE | truncate)]
    granted += [(one, _READ) for one in ("/dev/urandom", "/dev/zero")]
    if devices:
        granted += [("/dev", _READ | _WRITE), ("/proc", _READ), ("/sys", _READ)]
    for place, allowed in granted:
        try:
            handle = os.open(place, getattr(os, "O_PATH", 0) | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            held = allowed if os.path.isdir(place) else allowed & ~(1 << 3)  # noqa: PTH112 - as above
            rule = ctypes.create_string_buffer(struct.pack("=Qi", held, handle), 12)
            if libc.syscall(_LANDLOCK_ADD, rules, 1, rule, 0):
                raise OSError(ctypes.get_errno(), f"{place} could not be granted")
        finally:
            os.close(handle)
    if libc.syscall(_LANDLOCK_RESTRICT, rules, 0):
        raise OSError(ctypes.get_errno(), "Landlock could not be entered")
    os.close(rules)


def _filter(*, network: bool, processes: bool) -> None:
    """Refuse system calls by number; classic BPF, as the kernel wants it."""
    audit, numbers = _ARCHITECTURES[platform.machine()]
    refused = [*_NEVER, *_CHANGES, *(() if network else _NETWORK), *(() if processes else _PROCESSES)]
    program = [
        (0x20, 0, 0, 4), (0x15, 1, 0, audit), (0x06, 0, 0, _EPERM),  # another architecture: refuse
        (0x20, 0, 0, 0), (0x35, 0, 1, 0x40000000), (0x06, 0, 0, _EPERM),  # the x32 numbers: refuse
    ]  # fmt: skip
    for name in refused:
        if name in numbers:
            program += [(0x15, 0, 1, numbers[name]), (0x06, 0, 0, _EPERM)]
    # A signal to a thread of its own process, as `abort` sends it, and limits of its own process, are fine.
    program += [(0x15, 0, 3, numbers["tgkill"]), (0x20, 0, 0, 16), (0x15, 1, 0, os.getpid()), (0x06, 0, 0, _EPERM)]
    program += [
        (0x20, 0, 0, 0),
        (0x15, 0, 3, numbers["prlimit64"]),
        (0x20, 0, 0, 16),
        (0x15, 1, 0, 0),
        (0x06, 0, 0, _EPERM),
    ]
    if _landlock() < _ABI_TRUNCATE:
        program += _no_emptying(numbers)
    if not processes:
        # Threads yes, processes no; `clone3` hides its flags, and without it the C library asks by `clone`.
        program += [(0x20, 0, 0, 0), (0x15, 0, 1, numbers["clone3"]), (0x06, 0, 0, _ENOSYS)]
        program += [(0x15, 0, 3, numbers["clone"]), (0x20, 0, 0, 16), (0x45, 1, 0, _CLONE_THREAD), (0x06, 0, 0, _EPERM)]
    _enter([*program, (0x06, 0, 0, _ALLOW)])


def _no_emptying(numbers: dict[str, int]) -> list[tuple[int, int, int, int]]:
    """Refuse to open files so that they are emptied; `openat2` hides its flags, and without it the C library asks by `openat`."""
    program = [(0x20, 0, 0, 0), (0x15, 0, 1, numbers["openat2"]), (0x06, 0, 0, _ENOSYS)]
    for name, flags in (("open", 24), ("openat", 32)):
        if name in numbers:
            program += [(0x20, 0, 0, 0), (0x15, 0, 3, numbers[name]), (0x20, 0, 0, flags)]
            program += [(0x45, 0, 1, _O_TRUNC), (0x06, 0, 0, _EPERM)]
    return program


def _enter(program: list[tuple[int, int, int, int]]) -> None:
    """Have the kernel ask a program before each system call."""
    code = b"".join(struct.pack("=HBBI", *one) for one in program)
    held = ctypes.create_string_buffer(code, len(code))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))

    wanted = Program(len(program), ctypes.cast(held, ctypes.c_void_p))
    if _libc().prctl(_SET_SECCOMP, _FILTER, ctypes.byref(wanted), 0, 0):
        raise OSError(ctypes.get_errno(), "the filter of system calls could not be set")
