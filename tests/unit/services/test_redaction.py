"""No secret leaves in a diagnostic bundle: neither one that is known nor one that looks like one."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from pydantic import SecretStr

from darkroom.access.opaque import API, make
from darkroom.services.diagnostics import LINES, pack
from darkroom.services.health import starting
from darkroom.services.redaction import REDACTED, Redactor
from darkroom.settings import Settings

TRACE = "a" * 32


def bundle(settings: Settings, **more) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(pack(settings, starting(settings, None), **more))) as found:
        return {name: found.read(name).decode() for name in found.namelist()}


@pytest.fixture
def planted(settings: Settings) -> tuple[Settings, list[str]]:
    """Settings with secrets, a home whose logs and keys hold them, and all of them."""
    token = make(API)
    secrets = ["mail-pass\"word", "p4ss/w%rd@x", "storage-key-0001", "storage-secret-0002", "provider-secret-3", token,
               "eyJhbGciOi.eyJzdWIiOiJ4In0.c2lnbmF0dXJl", "redis-word", "d-of-a-signing-key", "anna@example.org", "hunter2"]  # fmt: skip
    changes = {
        "mail_password": SecretStr(secrets[0]),
        "mongo_uri": SecretStr("mongodb://root:p4ss%2Fw%25rd%40x@db.example.org/?replicaSet=rs0"),
        "storage_credentials": SecretStr("storage-key-0001:storage-secret-0002"),
        "oidc_providers": SecretStr(json.dumps([{"name": "x", "client_secret": "provider-secret-3"}])),
        "storage": "https://user:redis-word@bucket.example.org/a",
    }
    settings = settings.model_copy(update=changes)
    settings.keys.mkdir(parents=True)
    (settings.keys / "one.json").write_text(json.dumps({"created": 1, "d": "d-of-a-signing-key"}))
    (settings.logs / "runs").mkdir(parents=True)
    lines = [
        *(f"saw {one} just now" for one in secrets[:-1]),
        json.dumps({"event": "mail", "why": f"refused {secrets[0]}"}),
        'password="hunter2" and {"api_key": "hunter2"} and ?X-Amz-Signature=hunter2&a=b',
        f"trace_id={TRACE} this one stays with {token}",
        "mongodb://root:p4ss%2Fw%25rd%40x@db.example.org down",
    ]
    (settings.logs / "web.log").write_text("\n".join(lines))
    (settings.logs / "runs" / "one.log.1").write_text(f"early\nBearer hunter2hunter2\n{TRACE} late")
    return settings, [*secrets, "p4ss%2Fw%25rd%40x", json.dumps(secrets[0])[1:-1]]


def test_planted_secrets_are_nowhere_in_the_bundle(planted):
    settings, secrets = planted
    findings = [{"name": "mail", "words": f"cannot sign in with {secrets[0]}"}]
    found = bundle(settings, findings=findings, records={"runs": [{"cause": f"at {secrets[1]}"}]})
    assert [(name, one) for name, text in found.items() for one in secrets if one in text] == []
    rows = json.loads(found["settings.json"])
    assert rows["DARKROOM_MAIL_PASSWORD"]["value"] == REDACTED
    assert rows["DARKROOM_STORAGE"]["value"] == f"https://{REDACTED}@bucket.example.org/a"
    assert rows["DARKROOM_WEB_PORT"]["value"] == settings.web_port
    assert json.loads(found["doctor.json"]) == [{"name": "mail", "words": f"cannot sign in with {REDACTED}"}]
    assert "db.example.org down" in found["logs/web.log"]
    assert json.loads(found["about.json"])["packages"]["pydantic"]


def test_a_trace_leaves_only_its_lines(planted):
    found = bundle(planted[0], trace=TRACE)
    assert found["logs/web.log"] == f"trace_id={TRACE} this one stays with {REDACTED}\n"
    assert found["logs/runs/one.log.1"] == f"{TRACE} late\n"


def test_logs_end_with_their_last_lines_and_lead_nowhere_else(settings: Settings, tmp_path):
    settings.logs.mkdir(parents=True)
    outside = tmp_path / "outside.log"
    outside.write_text("private")
    (settings.logs / "link.log").symlink_to(outside)
    (settings.logs / "web.log").write_text("".join(f"line {number}\n" for number in range(LINES + 10)) + "x" * 200_000)
    found = bundle(settings)
    assert "logs/link.log" not in found
    lines = found["logs/web.log"].splitlines()
    assert (len(lines), lines[0], lines[-1]) == (LINES, "line 11", "[a line of 200000 bytes left out]")


def test_what_is_no_secret_stays(settings: Settings):
    plain = f"GET /api/v1/images?tag=sea 200 trace_id={TRACE} http://localhost:8000/gallery took 3 ms"
    assert Redactor(settings).text(plain) == plain
