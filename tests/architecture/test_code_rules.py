"""What opens a hole is not written: the rules find it, and the code has none but what was accepted with a reason."""

from __future__ import annotations

import re

import pytest

from scripts.code_rules import ACCEPTED, ROOT, RULES, everywhere, violations

BAD = [
    ("unsafe-load", "pickle.loads(data)"),
    ("unsafe-load", "joblib.load(path)"),
    ("unsafe-load", "torch.load(path)"),
    ("unsafe-load", "torch.load(path, weights_only=False)"),
    ("unsafe-load", "np.load(path, allow_pickle=True)"),
    ("unsafe-load", "yaml.load(text, Loader=yaml.Loader)"),
    ("unsafe-load", "yaml.load(text)"),
    ("unsafe-load", "yaml.unsafe_load(text)"),
    ("shell", "subprocess.run(line, shell=True)"),
    ("shell", "os.system('ls')"),
    ("evaluation", "eval(text)"),
    ("sql-text", "cursor.execute(f'SELECT {name}')"),
    ("sql-text", "cursor.execute('SELECT %s' % name)"),
    ("sql-text", "cursor.execute('SELECT {}'.format(name))"),
    ("query-text", "collection.find({'$where': code})"),
    ("query-text", "collection.find({'name': {'$regex': text}})"),
    ("query-text", "collection.find({'name': {'$regex': f'^{text}'}})"),
    ("http-timeout", "urllib.request.urlopen(url)"),
    ("http-timeout", "requests.get(url)"),
    ("http-timeout", "httpx.get(url, timeout=None)"),
    ("http-timeout", "httpx.Client(verify=False)"),
    ("comparison", "if given.secret == wanted: pass"),
    ("comparison", "x = signature != expected"),
    ("archive", "archive.extractall(folder)"),
    ("archive", "tempfile.mktemp()"),
]
GOOD = [
    "json.loads(data)", "torch.load(path, weights_only=True)", "np.load(path)", "yaml.load(text, Loader=yaml.SafeLoader)",
    "yaml.safe_load(text)", "subprocess.run(['ls'], check=True)", "cursor.execute('SELECT ?', [name])",
    "collection.find({'name': {'$regex': '^' + re.escape(text)}})", "urlopen(url, timeout=5)", "httpx.get(url)",
    "hmac.compare_digest(secret, given)", "token == ''", "archive.extractall(folder, filter='data')",
]  # fmt: skip


@pytest.mark.parametrize(("rule", "source"), BAD)
def test_what_opens_a_hole_is_found(rule, source):
    assert rule in [found for found, _ in violations(source)]


@pytest.mark.parametrize("source", GOOD)
def test_what_does_not_is_left_alone(source):
    assert list(violations(source)) == []


def test_the_code_breaks_no_rule_but_where_that_was_accepted():
    found = list(everywhere())
    open_ones = [f"{file}:{line} {RULES[rule][1]}" for rule, file, line in found if (rule, file) not in ACCEPTED]
    assert open_ones == []
    assert {(rule, file) for rule, file, _ in found} == set(ACCEPTED), "what is no longer there needs no acceptance"
    assert all(reason.endswith(".") for reason in ACCEPTED.values())


def test_every_control_names_tests_that_are_there():
    text = (ROOT / "docs" / "security.md").read_text().partition("## Controls and their tests")[2].partition("\n## ")[0]
    rows = [line for line in text.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 20
    for row in rows:
        named = re.findall(r"`([a-z_/]+\.py)`", row.rpartition(" | ")[2])
        assert named, row
        assert [one for one in named if not (ROOT / "tests" / one).exists()] == []
