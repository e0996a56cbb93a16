"""Browses and resolves a service type by python-zeroconf, and prints lines of JSON.

zeroconf-browse.py '{"type":, "interfaces": ["10.0.0.1"], "families": [4, 6]}'
"""
import json
import signal
import sys
import threading

from zeroconf import IPVersion, ServiceBrowser, ServiceInfo, Zeroconf

order = json.loads(sys.argv[1])
versions = {(4,): IPVersion.V4Only, (6,): IPVersion.V6Only, (4, 6): IPVersion.All}
type_ = order["type"] + ".local."
base = type_.split("._sub.")[-1]


def tell(**told):
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def strings(txt):
    found = []
    while txt:
        found.append(txt[1 : 1 + txt[0]].decode("utf-8", "backslashreplace"))
        txt = txt[1 + txt[0] :]
    return [text for text in found if text]


def resolve(zeroconf, name):
    info = ServiceInfo(base, name)
    if not info.request(zeroconf, 10_000):
        tell(kind="unresolved", name=name)
        return
    tell(
        kind="found",
        name=name[: -len(base) - 1],
        type=base[: -len(".local.")],
        host=info.server.rstrip("."),
        port=info.port,
        txt=strings(info.text),
        addresses=info.parsed_addresses(),
    )


class Listener:
    def add_service(self, zeroconf, _type, name):
        threading.Thread(target=resolve, args=(zeroconf, name), daemon=True).start()

    update_service = add_service

    def remove_service(self, _zeroconf, _type, name):
        tell(kind="gone", name=name[: -len(base) - 1])


ended = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: ended.set())
zeroconf = Zeroconf(interfaces=order["interfaces"], ip_version=versions[tuple(order["families"])])
browser = ServiceBrowser(zeroconf, type_, Listener())
sys.stdout.write("READY\n")
sys.stdout.flush()
ended.wait()
browser.cancel()
zeroconf.close()
