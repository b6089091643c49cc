"""A dynamic TFTP server on fbtftp: each name's file is that name, repeated."""

import sys

from fbtftp.base_handler import BaseHandler, ResponseData
from fbtftp.base_server import BaseServer

ADDRESS, PORT, SIZE = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


class Repeated(ResponseData):
    def __init__(self, name):
        line = (name + "\n").encode()
        self._body = (line * (SIZE // len(line) + 1))[:SIZE]
        self._at = 0

    def read(self, count):
        start, self._at = self._at, self._at + count
        return self._body[start : self._at]

    def size(self):
        return SIZE

    def close(self):
        pass


class Handler(BaseHandler):
    def get_response_data(self):
        return Repeated(self._path)


class Server(BaseServer):
    def get_handler(self, server_addr, peer, path, options):
        return Handler(server_addr, peer, path, options, lambda stats: None)


Server(ADDRESS, PORT, 5, 1, lambda stats: None).run()
