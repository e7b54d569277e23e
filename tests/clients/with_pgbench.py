"""pgbench in every mode against the protected table: no transaction may fail."""

import re
import subprocess
import tempfile

import record

SCRIPT = "\\set id random(1, 3)\nselect * from vault where id = :id;\nselect id, upper(c_text), c_date from vault where id = :id;\n"
PIPELINE = f"\\startpipeline\n{SCRIPT.split(chr(10), 1)[1]}\\endpipeline\n"
MODES = {
    "simple": ["-M", "simple"], "extended": ["-M", "extended"], "prepared": ["-M", "prepared"],
    "connect": ["-M", "simple", "-C"], "pipeline": ["-M", "extended"], "prepared pipeline": ["-M", "prepared"],
}


def main():
    for mode, options in MODES.items():
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
            script.write("\\set id random(1, 3)\n" + PIPELINE if "pipeline" in mode else SCRIPT)
            script.flush()
            command = ["pgbench", "-n", "-c", "4", "-j", "2", "-t", "100", "-f", script.name, *options, record.dsn()]
            done = subprocess.run(command, capture_output=True, text=True)
        processed = re.search(r"transactions actually processed: 400/400", done.stdout)
        clean = "number of failed transactions: 0" in done.stdout
        if done.returncode == 0 and processed and clean:
            record.result("pgbench", mode, 0, [["400"]])
        else:
            record.error("pgbench", mode, 0, "none", done.stderr[-400:])


main()
