"""Who may ask the live page for what."""

from __future__ import annotations

from pathlib import Path

import pytest
from invented_sweep import invented
from live_server import HOST, client_of, live_server, token_of

from sim.core.shipped_data import shipped_scenarios
from sim.view.explore_pages import Shelf, fill_shelf

SCENARIO = "symmetric/tit-for-tat"


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """Return a folder with one results folder, and secrets beside and behind links."""
    tmp_path = tmp_path_factory.mktemp("guarded")
    invented(tmp_path / "out" / "mine", lambda drawn, _: drawn["party.L.baseline"])
    (tmp_path / "out" / "mine" / "odds.csv").write_text("point,estimate\n0,0.5\n")
    (tmp_path / "secret.csv").write_text("secret")
    (tmp_path / "out" / "mine" / "link.csv").symlink_to(tmp_path / "secret.csv")
    (tmp_path / "out" / "mine" / "page.html").write_text("<script>alert(1)</script>")
    invented(tmp_path / "elsewhere", lambda drawn, _: drawn["party.L.baseline"])
    (tmp_path / "out" / "linked").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    return tmp_path / "out"


@pytest.fixture(scope="module")
def server(out):
    with live_server(Shelf(out)) as server:
        yield server


@pytest.fixture(scope="module")
def client(out):
    with client_of(Shelf(out)) as client:
        yield client


@pytest.fixture(scope="module")
def token(client):
    return token_of(client.get(f"/run/{SCENARIO}").text)


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000"])
def test_own_hosts_are_answered(client, host):
    assert client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1", "localhost", "127.0.0.1:80", "127.0.0.1:8000.evil", ""]
)
@pytest.mark.parametrize("path", ["/", "/runs", "/results/mine/odds.csv", "/nothing"])
def test_another_host_is_refused(client, host, path):
    answer = client.get(path, headers={"host": host})
    assert answer.status_code == 403
    assert answer.text.count("\n") == 1


def test_two_hosts_are_refused(client):
    assert client.get("/", headers=[("host", "127.0.0.1:8000"), ("host", "evil.example")]).status_code == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", "/results/mine/odds.csv", f"/run/{SCENARIO}"])
def test_pages_are_only_read(client, method, path):
    assert client.request(method, path).status_code == 405


@pytest.mark.parametrize("headers", [{}, {"x-sim-token": ""}, {"x-sim-token": "0" * 64}])
@pytest.mark.parametrize("path", ["/runs", "/runs/key"])
def test_a_control_needs_the_token(client, headers, path):
    answer = client.post(path, json={"scenario": SCENARIO}, headers=headers)
    assert answer.status_code == 403
    assert "token" in answer.text


def test_the_token_is_another_one_in_every_process(token, out):
    with client_of(Shelf(out)) as other:
        assert token_of(other.get(f"/run/{SCENARIO}").text) != token


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:8000", "http://127.0.0.1:9000"])
def test_a_control_must_come_from_a_page_of_the_server(client, token, origin):
    headers = {"x-sim-token": token, "origin": origin}
    assert client.post("/runs", json={"scenario": SCENARIO}, headers=headers).status_code == 403
    headers["origin"] = HOST
    assert client.post("/runs", json={"scenario": SCENARIO}, headers=headers).status_code == 200


def test_too_much_is_not_read(client, token):
    headers = {"x-sim-token": token}
    assert client.post("/runs", content=b"0" * 70_000, headers=headers).status_code == 413
    assert client.post("/runs", content=iter([b"{}"]), headers=headers).status_code == 413


@pytest.mark.parametrize(
    "path",
    [
        "/results/mine/../../secret.csv",
        "/results/mine/..%2f..%2fsecret.csv",
        "/results/mine/%2e%2e/%2e%2e/secret.csv",
        "/results/..%2f..%2f/secret.csv",
        "/results/mine//etc/passwd",
        "/results/mine/%2fetc%2fpasswd",
        "/results/mine/..%5c..%5csecret.csv",
        "/results/mine/link.csv",
        "/results/mine/page.html",
        "/results/mine/blocks",
        "/results/mine/.",
        "/results/linked/points.csv",
        "/results/elsewhere/points.csv",
        "/results/nothing/",
        "/run/../../secret",
        "/run/nothing",
        "/docs",
    ],
)
def test_nothing_outside_of_the_results_is_read(server, path):
    status, text = server.send(path)
    assert status == 404
    assert text.count("\n") <= 1


def test_files_are_handed_out_whole_and_in_ranges(client):
    whole = client.get("/results/mine/odds.csv")
    assert whole.status_code == 200
    assert whole.headers["content-type"].startswith("text/csv")
    part = client.get("/results/mine/odds.csv", headers={"range": "bytes=6-13"})
    assert (part.status_code, part.content) == (206, whole.content[6:14])
    assert client.get("/results/mine/odds.csv", headers={"range": "bytes=900-"}).status_code == 416


@pytest.mark.parametrize("path", ["/", f"/run/{SCENARIO}", "/results/mine/odds.csv", "/nothing", "/results/mine/"])
def test_every_answer_is_kept_to_this_page(client, path):
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'unsafe-inline'" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert "access-control-allow-origin" not in headers


def test_a_hostile_title_stays_text(tmp_path):
    results = invented(tmp_path / "mine", lambda drawn, _: drawn["party.L.baseline"])
    manifest = results.path / "manifest.json"
    hostile = "</title><script>alert(1)</script>"
    manifest.write_text(manifest.read_text().replace('"title": "Invented"', f'"title": "{hostile}"'))
    with client_of(Shelf(tmp_path)) as client:
        text = client.get("/").text
    assert hostile not in text
    assert "&lt;script&gt;alert(1)" in text


def test_what_is_asked_for_is_found(out):
    assert fill_shelf(None, out).asked == "/"
    assert fill_shelf("mine", out).asked == "/results/mine/"
    assert fill_shelf(str(out / "mine"), Path("nowhere")).asked == "/results/mine/"
    assert fill_shelf(SCENARIO, out).asked == f"/run/{SCENARIO}"
    assert fill_shelf(f"{SCENARIO}.toml", out).asked == f"/run/{SCENARIO}"
    file = Path(f"scenarios/{SCENARIO}.toml")
    is_shipped = shipped_scenarios()[SCENARIO].samefile(file)  # not where the package is installed away from the clone
    name, typed = (SCENARIO, SCENARIO) if is_shipped else (file.stem, str(file))
    shelf = fill_shelf(str(file), out)
    assert (shelf.asked, shelf.typed(name)) == (f"/run/{name}", typed)
