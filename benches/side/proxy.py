"""A relay on loopback that delays both directions, and counts turns.

Each direction holds what it reads back for half the round trip; a new
connection waits for a whole one, which is what a handshake of TCP costs.
"""

import queue
import socket
import threading
import time


class Proxy:
    def __init__(self, port, delay):
        self.target = port
        self.delay = delay
        self.turns = 0
        self.last = "server"
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        # shutdown() wakes accept(); close() alone does not.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.relay, args=(client,), daemon=True).start()

    def relay(self, client):
        time.sleep(self.delay)
        server = socket.create_connection(("127.0.0.1", self.target))
        for link in (client, server):
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for name, source, sink in (("client", client, server), ("server", server, client)):
            held = queue.Queue()
            threading.Thread(target=self.read, args=(name, source, held), daemon=True).start()
            threading.Thread(target=self.write, args=(sink, held), daemon=True).start()

    def read(self, name, source, held):
        data = b"."
        while data:
            try:
                data = source.recv(1 << 18)
            except OSError:
                data = b""
            if data and self.last != name:
                self.last = name
                self.turns += name == "client"
            held.put((time.monotonic() + self.delay / 2, data))

    @staticmethod
    def write(sink, held):
        while True:
            due, data = held.get()
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                if not data:
                    sink.shutdown(socket.SHUT_WR)
                    return
                sink.sendall(data)
            except OSError:
                return
