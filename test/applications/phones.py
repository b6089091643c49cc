#!/usr/bin/env python3
"""Files for devices by WSGI: any such application is a CGI script by wsgiref."""

import re
import time
from urllib.parse import parse_qs
from wsgiref.handlers import CGIHandler


def application(environ, start_response):
    path = environ["PATH_INFO"]
    query = parse_qs(environ.get("QUERY_STRING", ""))
    phone = re.fullmatch(r"/SEP([0-9A-Fa-f]{12})\.cnf\.xml", path)

    def found(content_type, body):
        start_response("200 OK", [("Content-Type", content_type)])
        return [body]

    if phone:
        return found("text/xml", f"<device><mac>{phone[1].lower()}</mac></device>\n".encode())
    if path == "/switch.cfg":
        text = f"hostname {query['name'][0]}\nvlan {query['vlan'][0]}\n"
        return found("text/plain", text.encode())
    if path == "/firmware.bin":
        body = bytes((i * 7 + (i >> 8)) & 255 for i in range(102400))
        return found("application/octet-stream", body)
    if path == "/empty":
        return found("text/plain", b"")
    if path == "/slow.cfg":
        time.sleep(2)
        return found("text/plain", b"slow\n")
    start_response("404 Not Found", [("Content-Type", "text/plain")])
    return [b"no such file\n"]


CGIHandler().run(application)
