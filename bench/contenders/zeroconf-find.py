"""Browses, and resolves what it finds, by python-zeroconf, for ../mdns-found.js and ../mdns-cache.js.

zeroconf-find.py ADDRESS resolve|browse. It says READY, and FOUND NAME for every instance: when it is resolved, or at once.
"""

import sys
import threading

from zeroconf import IPVersion, ServiceBrowser, ServiceInfo, ServiceListener, Zeroconf

TYPE = "_bench._tcp.local."
address, job = sys.argv[1:]


def tell(name):
    sys.stdout.write(f"FOUND {name}\n")


def resolve(zeroconf, name):
    info = ServiceInfo(TYPE, name)
    if info.load_from_cache(zeroconf):
        tell(name)
    else:
        threading.Thread(target=ask, args=(zeroconf, info, name), daemon=True).start()


def ask(zeroconf, info, name):
    if info.request(zeroconf, 3000):
        tell(name)


class Listener(ServiceListener):
    def add_service(self, zeroconf, _type, name):
        if job == "resolve":
            resolve(zeroconf, name)
        else:
            tell(name)

    def update_service(self, *_):
        pass

    def remove_service(self, *_):
        pass


zeroconf = Zeroconf(interfaces=[address], ip_version=IPVersion.V4Only)
print("READY")
ServiceBrowser(zeroconf, TYPE, Listener())
threading.Event().wait()
