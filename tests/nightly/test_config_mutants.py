"""
Each place of the switch's configuration, broken on purpose, is noticed by a test.

Minutes long, so no part of `make test`: python -m pytest tests/nightly
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from devstack.postgres import admin_url
from support.programs import program
from support.sip_lab import CONFIG
from support.stack import Stack

TESTS = (
    "tests/integration/switches/test_contract.py",
    "tests/integration/switches/test_calls.py",
    "tests/integration/switches/test_load.py",
)
ONLY = "not simulated and not xcap and not ngcp"

MUTANTS = {
    "nothing (must survive)": ("#!KAMAILIO", "#!KAMAILIO"),
    "off is ignored": (
        '$(vn(r){s.select,1,|}) != "d"',
        '$(vn(r){s.select,1,|}) == "x"',
    ),
    "the kill switch is ignored": (
        '$(vn(f){s.select,1,|}) == "1") return;\n\t$var(places)',
        '$(vn(f){s.select,1,|}) == "2") return;\n\t$var(places)',
    ),
    "a lowered flag counts": (
        '&& $(vn(f){s.select,1,|}) == "1") {\n\t\t\t$var(raised) = "fault/"',
        ') {\n\t\t\t$var(raised) = "fault/"',
    ),
    "only the first place is looked at": (
        "\t\t$var(j) = $var(j) + 1;\n\t\t$var(e) = $(var(places){s.select,$var(j),,});",
        '\t\t$var(e) = "";',
    ),
    "planned work always counts": ('if ($var(planned) == "p") {', "if (1 == 1) {"),
    "planned work never counts": ('if ($var(planned) == "p") {', "if (1 == 2) {"),
    "»divert now« is ignored": (
        "$sht(state=>manual/$var(k))",
        "$sht(state=>x/$var(k))",
    ),
    "drills are ignored": ("$sht(state=>drill/$var(k))", "$sht(state=>x/$var(k))"),
    "a block's drill is ignored": (
        "$sht(cblk=>$var(p));\n\t\tif",
        "$sht(meta=>x);\n\t\tif",
    ),
    "the extension is lost": (
        " + $(var(num){s.substr,$var(plen),0});",
        ";",
    ),
    "a block's lower end is ignored": ("$var(x) >= $var(lo) && ", ""),
    "another's number is diverted by hand with its block": (
        '"" || $(vn(r){s.select,2,|}) == "a") return;',
        '"") return;',
    ),
    "what lengthens another's number follows the block": (
        '$vn(r) != $null && $(vn(r){s.select,2,|}) == "a") {',
        "0 == 1) {",
    ),
    "a block's upper end is ignored": (" && $var(x) <= $var(hi)", ""),
    "numbers that are too short fit": (
        "if ($(var(num){s.len}) < $var(flen)) return;",
        "",
    ),
    "a larger block wins": ("$var(size) < $var(bsize)", "$var(size) > $var(bsize)"),
    "a block beats its number": (
        "\tif ($vn(r) != $null) return;\n\t$var(i) =",
        "\t$var(i) =",
    ),
    "the fallback is never used": (
        'if ($var(raised) != "") $var(tgt) = $(vn(r){s.select,6,|});',
        "",
    ),
    "an old write is taken": (
        "if ($var(new) < $var(held))",
        "if ($var(new) < 0)",
    ),
    "another value of the same version is taken": (
        "if ($var(new) == $var(held))",
        "if ($var(new) < 0)",
    ),
    "a removal is forgotten": (
        "\tif ($vn(c) == $null) {\n\t\t$vn(c) = $sht(gone=>$var(k));",
        "\tif (1 == 2) {\n\t\t$vn(c) = $sht(gone=>$var(k));",
    ),
    "a check says that all is well": (
        '\tif ($vn(c) != $var(v)) {\n\t\t$var(answer) = "differs',
        '\tif (1 == 2) {\n\t\t$var(answer) = "differs',
    ),
    "a removed block stays listed": (
        "$var(all) = $var(rest);",
        "$var(all) = $vn(list);",
    ),
    "it is ready at once": (
        '$sht(meta=>boot) = "b" + $TV(Sn);',
        '$sht(meta=>boot) = "b" + $TV(Sn); $sht(meta=>ready) = 1;',
    ),
    "emergency numbers are looked up, past both guards": (
        (
            'if ($var(n) =~ "^\\+49(110|112)$") return;\n'
            '\tif ($var(n) =~ "^\\+[1-9][0-9]{6,17}$")'
        ),
        'if ($var(n) =~ "^\\+[1-9][0-9]{3,17}$")',
    ),
    "a bad target is called": (
        '!($var(tgt) =~ "^\\+[1-9][0-9]{6,17}$") || $var(tgt) =~ "^\\+49(110|112)$"',
        "1 == 2",
    ),
    "the emergency centre's call back is diverted": (
        '$hdr(Priority) =~ "^psap-callback"',
        '$hdr(Priority) =~ "^never"',
    ),
    "loops are not seen": ("|| $var(before) =~ $var(self)", ""),
    "counters of others are ignored": (
        "if ($var(c) > 1) $var(count)",
        "if ($var(c) > 99) $var(count)",
    ),
    "diversions go on for ever": (
        "$var(count) >= MAX_DIVERSIONS",
        "$var(count) >= 99",
    ),
    "the second of two in one Diversion does not count": (
        "while ($var(j) <= $var(all)) {\n\t\t\t# One of another node",
        "while ($var(j) < 2) {\n\t\t\t# One of another node",
    ),
    "a gateway that speaks is taken for the line": (
        "t_set_fr(LINE_FR_MS, LINE_FR_MS)",
        "t_set_fr(0, LINE_FR_MS)",
    ),
    "the line is not tried first": ('$var(mode) == "l" &&', '$var(mode) == "x" &&'),
    "busy is taken for not reachable": ('"408|480|500', '"408|480|486|500'),
    "the secret is not asked for": (
        "$hdr(X-Key) != $env(SELFCARE_SWITCH_KEY)",
        "$hdr(X-Key) == $null",
    ),
    "an empty secret is one": (' || $env(SELFCARE_SWITCH_KEY) == ""', ""),
    "a connection takes much memory": (
        "tcp_rd_buf_size=262144",
        "tcp_rd_buf_size=2097152",
    ),
    "it is managed where calls come in": (
        "if ($Rp != MGMT_PORT || $Ri != MGMT_ADDR) { xhttp",
        "if (1 == 2) { xhttp",
    ),
    "a fence is not remembered": (
        "if ($var(check) == 0) $sht(meta=>fence) = $var(fence);",
        "",
    ),
    "no Diversion is written": (
        'else append_hf("$var(div)");',
        "",
    ),
    "what is written is not in force": (
        "\t\t$sht(state=>$var(k)) = $var(v);",
        "\t\tif ($var(at) > 0) $sht(state=>$var(k)) = $var(v);",
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_configuration_is_noticed(
    name: str, stack: Stack, tmp_path: Path
) -> None:
    program("kamailio")
    original = CONFIG.read_text(encoding="utf-8")
    old, new = MUTANTS[name]
    assert old in original
    mutant = tmp_path / "selfcare.cfg"
    mutant.write_text(original.replace(old, new), encoding="utf-8")
    env = {
        **os.environ,
        "SELFCARE_SIP_CONFIG": str(mutant),
        "KAFKA_BOOTSTRAP_SERVERS": stack.bootstrap_servers,
        "DATABASE_URL": admin_url(stack.settings),
    }
    command = [*(sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider")]
    command += ["-k", ONLY, "--timeout", "60", *TESTS]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)

    said = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
    sys.stdout.write(f"{name}: {said[0] if said else done.stdout[-200:]}\n")
    assert done.returncode == (0 if name.startswith("nothing") else 1), done.stdout
