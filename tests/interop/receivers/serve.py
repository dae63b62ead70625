"""Serves every receiver on Flask and FastAPI in one process, on a port for each of the two.

`/NAME` receives, `/processed/NAME` tells how many deliveries it has processed. $RECEIVERS is JSON: the name of each
receiver with its secret or public key.
"""

import json
import os
import threading

import fastapi_vendors
import flask_flawed
import flask_vendors
import uvicorn
from fastapi import FastAPI
from flask import Flask, jsonify
from steps import Work
from werkzeug.serving import WSGIRequestHandler, make_server

CONFIGS = json.loads(os.environ["RECEIVERS"])


def mounted(receivers, port, post, get):
    """Mounts the receivers and their counts with what a framework has for POST and GET."""
    for name, receiver in receivers.items():
        work = Work()
        post(f"/{name}", receiver(work, url=f"http://127.0.0.1:{port}/{name}", **CONFIGS[name]))
        get(f"/processed/{name}", work)


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_):
        pass


def flask_app(port):
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = 10 << 20
    mounted(
        flask_vendors.RECEIVERS | flask_flawed.RECEIVERS,
        port,
        lambda path, view: app.add_url_rule(path, path, view, methods=["POST"]),
        lambda path, work: app.add_url_rule(path, path, lambda: jsonify(work.processed)),
    )
    return app


def fastapi_app(port):
    app = FastAPI()
    mounted(
        fastapi_vendors.RECEIVERS,
        port,
        lambda path, view: app.add_api_route(path, view, methods=["POST"]),
        lambda path, work: app.add_api_route(path, lambda: work.processed),
    )
    return app


class Server(uvicorn.Server):
    """Says `ready` once the socket is open; FastAPI's own start-up hook runs before that."""

    async def startup(self, sockets=None) -> None:
        await super().startup(sockets)
        print("ready", flush=True)


def main():
    flask_port, fastapi_port = int(os.environ["FLASK_PORT"]), int(os.environ["FASTAPI_PORT"])
    flask_server = make_server("127.0.0.1", flask_port, flask_app(flask_port), threaded=True, request_handler=Quiet)
    threading.Thread(target=flask_server.serve_forever, daemon=True).start()
    config = uvicorn.Config(fastapi_app(fastapi_port), host="127.0.0.1", port=fastapi_port, log_level="warning")
    Server(config).run()


if __name__ == "__main__":
    main()
