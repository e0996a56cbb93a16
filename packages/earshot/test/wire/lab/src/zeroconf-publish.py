"""Publishes one service by python-zeroconf, and says READY when it is announced; says goodbye on SIGTERM.

zeroconf-publish.py '{"name":, "type":, "port":, "txt": ["path=/"], "subtypes": [], "addresses": [], "host":,
"interfaces": ["10.0.0.1"], "families": [4, 6]}'
"""
import json
import signal
import socket
import sys
import threading

from zeroconf import IPVersion, ServiceInfo, Zeroconf

order = json.loads(sys.argv[1])
versions = {(4,): IPVersion.V4Only, (6,): IPVersion.V6Only, (4, 6): IPVersion.All}
full = order["type"] + ".local."
txt = b"".join(bytes([len(text)]) + text for text in (each.encode() for each in order.get("txt", [])))


def info(type_):
    return ServiceInfo(
        type_,
        f"{order['name']}.{full}",
        port=order["port"],
        properties=txt,
        server=order["host"] + ".local.",
        addresses=[
            socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)
            for address in order["addresses"]
        ],
    )


ended = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: ended.set())
zeroconf = Zeroconf(interfaces=order["interfaces"], ip_version=versions[tuple(order["families"])])
zeroconf.register_service(info(full))
print("READY", flush=True)
ended.wait()
zeroconf.unregister_all_services()
zeroconf.close()
