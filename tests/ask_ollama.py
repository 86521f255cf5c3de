"""The engine of docs/adding.md against a server that speaks as Ollama's pages say, over HTTP.

`python -m tests.ask_ollama mine/engine.yaml`, in a copy of the project that has the engine.
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

from scripts.lib.config.models import Generator
from scripts.lib.engines.base import EngineError
from scripts.lib.engines.open import check_model, open_engine
from tests.engine_contract import keep_contract, request

DIGEST = "65ec06548149a2c6c8b6f8d21fb3a4b5c9a9c4a9d3c1e2f30415263748596a7b"


class Ollama(BaseHTTPRequestHandler):
    """Answers with the seed, one token a digit, as far as the request lets it."""

    asked: list[dict[str, Any]] = []  # noqa: RUF012

    def do_GET(self) -> None:
        assert self.path == "/api/tags"
        self.reply({"models": [{"name": "qwen2.5:1.5b", "digest": DIGEST}]})

    def do_POST(self) -> None:
        assert self.path == "/api/generate"
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(body)
        assert body["stream"] is False
        text = str(body["options"]["seed"])
        most = body["options"]["num_predict"]
        if "no such" in body["prompt"]:
            self.reply({"error": "model not found"}, 404)
            return
        self.reply(
            {
                "response": text[:most],
                "done": True,
                "done_reason": "stop" if len(text) < most else "length",
                "prompt_eval_count": len(body["prompt"].split()),
                "eval_count": min(len(text) + 1, most),
            }
        )

    def reply(self, content: dict[str, Any], status: int = 200) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Nothing on stderr."""


def main(study: str) -> None:
    """Ask the model of a file of entries, at this server instead of its own."""
    (entry,) = yaml.safe_load(Path(study).read_text(encoding="utf-8"))["models"].values()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Ollama)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    place = f"http://127.0.0.1:{server.server_port}"
    kind = TypeAdapter(Generator)
    engine = open_engine(kind.validate_python({**entry, "base_url": place}), None, None, None)
    check_model(engine)
    keep_contract(engine)
    [(_, response)] = engine.generate([("k", request(7, seed=2**31 + 45, max_tokens=2))])
    assert (response.text, response.end, response.generated_tokens) == ("45", "length", 2)
    wanted = {"seed": 45, "temperature": 1.0, "top_p": 1.0, "num_predict": 2, "num_ctx": 8192}
    assert Ollama.asked[-1]["options"] == wanted
    with pytest.raises(EngineError, match="404"):
        list(engine.generate([("k", request(7, prompt="no such model"))]))
    other = kind.validate_python({**entry, "base_url": place, "digest": "0" * 12})
    with pytest.raises(EngineError, match="digest 65ec06548149"):
        check_model(open_engine(other, None, None, None))
    assert "api_key" not in json.dumps(engine.identity)
    server.shutdown()
    print("kept")


if __name__ == "__main__":
    main(sys.argv[1])
