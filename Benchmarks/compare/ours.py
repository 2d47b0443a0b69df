"""Thaw's side: programs that are told what to do on standard input and answer with seconds."""

import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parents[1]


class Program:
    def __init__(self, package, *arguments):
        program = HERE / package / ".build-bench/release" / f"{package}-benchmark"
        self.process = subprocess.Popen([program, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if not answer:
            raise RuntimeError(f"the program ended at: {line}")
        if answer[0] == "error":
            raise RuntimeError(" ".join(answer[1:]))
        return answer

    def seconds(self, line="go"):
        return float(self.ask(line)[0])

    def close(self):
        self.process.stdin.close()
        self.process.wait()

    def peak_memory(self):
        """Bytes that were resident at most."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        return None


class Training(Program):
    def __init__(self):
        super().__init__("training")

    def prepare(self, name, work, batch, threads, precision="float32", backend="onednn"):
        """Compiles a plan and runs it once. The bytes that it says it needs."""
        return int(self.ask(f"prepare {name} {work} {batch} {threads} {precision} {backend}")[1])

    def prepare_epoch(self, folder, name, frozen, batch, threads):
        self.ask(f"epoch {name} {'frozen' if frozen else 'all'} {batch} {threads} {folder}")
