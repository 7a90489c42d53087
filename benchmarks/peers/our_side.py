# SPDX-License-Identifier: MIT
"""What every comparison shares: our side as a process that answers one line to each line, and the table."""

import subprocess


class OurSide:
    """One of our programs; `ask("steps 5")` returns the numbers of its answer."""

    def __init__(self, *command):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.process.args}: no answer to {line!r}")
        return [float(word) for word in answer.split()]

    def close(self):
        self.process.stdin.close()
        if self.process.wait() != 0:
            raise RuntimeError(f"{self.process.args}: exit status {self.process.returncode}")


def print_table(head, rows):
    """A Markdown table, columns aligned."""
    lines = [head, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    for number, line in enumerate(lines):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |")
        if number == 0:
            print("| " + " | ".join("-" * width for width in widths) + " |")
    print(flush=True)
