"""Publishes one service by python-zeroconf, for ../mdns-answers.js: zeroconf-answer.py ADDRESS. It says READY."""

import socket
import sys
import threading

from zeroconf import IPVersion, ServiceInfo, Zeroconf

address = sys.argv[1]
zeroconf = Zeroconf(interfaces=[address], ip_version=IPVersion.V4Only)
zeroconf.register_service(
    ServiceInfo(
        "_bench._tcp.local.",
        "bench._bench._tcp.local.",
        port=8080,
        properties={"path": "/"},
        server="zeroconf-host.local.",
        addresses=[socket.inet_aton(address)],
    )
)
print("READY")
threading.Event().wait()
