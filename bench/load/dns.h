/* What the load programs of mDNS share: names and records as they go over the wire, and how names are read. */
#ifndef DNS_H
#define DNS_H
#include "load.h"

#define MDNS_GROUP "224.0.0.251"
#define MDNS_PORT 5353
#define MESSAGE_SIZE 512

enum { TYPE_A = 1, TYPE_PTR = 12, TYPE_TXT = 16, TYPE_SRV = 33, TYPE_NSEC = 47, TYPE_ANY = 255 };
enum { IN = 1, FLUSH = 0x8001 };

/* Of the type of service that all services here are of, `_bench._tcp.local`. Where it stands in every message, so that
   pointers lead there; of its parts, too. */
#define SERVICE_AT 12
#define LOCAL_AT (SERVICE_AT + 12)
#define SERVICE "_bench._tcp.local"

struct dns {
  size_t length;
  uint32_t from;
  uint8_t bytes[MESSAGE_SIZE];
};

UNUSED static void put8(struct dns *out, unsigned value) { out->bytes[out->length++] = value; }

UNUSED static void put16(struct dns *out, unsigned value) { put8(out, value >> 8 & 255), put8(out, value & 255); }

UNUSED static void put32(struct dns *out, uint32_t value) { put16(out, value >> 16), put16(out, value & 0xffff); }

UNUSED static void put_label(struct dns *out, const char *text) {
  size_t length = strlen(text);
  put8(out, length);
  memcpy(out->bytes + out->length, text, length);
  out->length += length;
}

UNUSED static void put_pointer(struct dns *out, size_t at) { put16(out, 0xc000 | at); }

UNUSED static void begin(struct dns *out, unsigned flags, unsigned questions, unsigned answers, unsigned additionals) {
  out->length = 0;
  put16(out, 0), put16(out, flags), put16(out, questions), put16(out, answers), put16(out, 0), put16(out, additionals);
}

/* Writes all labels of a name in text, and its end. */
UNUSED static void put_name(struct dns *out, const char *name) {
  char label[64];
  for (const char *at = name; *at; at += strcspn(at, "."), at += *at == '.') {
    snprintf(label, sizeof label, "%.*s", (int)strcspn(at, "."), at);
    put_label(out, label);
  }
  put8(out, 0);
}

/* What stands before the data of a record whose owner was written. Returns where its length is put, by `end_record`. */
UNUSED static size_t begin_record(struct dns *out, int type, int class, uint32_t ttl) {
  put16(out, type), put16(out, class), put32(out, ttl), put16(out, 0);
  return out->length;
}

UNUSED static void end_record(struct dns *out, size_t start) {
  out->bytes[start - 2] = (out->length - start) >> 8;
  out->bytes[start - 1] = (out->length - start) & 255;
}

/* A pointer from the type to the service of this number, as the first record. Returns where the instance's name is. */
UNUSED static size_t put_ptr(struct dns *out, const char *label) {
  put_name(out, SERVICE);
  size_t start = begin_record(out, TYPE_PTR, IN, 4500);
  put_label(out, label), put_pointer(out, SERVICE_AT);
  end_record(out, start);
  return start;
}

/* SRV, TXT and A of an instance whose name is at `instance`. Its host is at the address that it speaks from. Returns where
   the name of that is. */
UNUSED static size_t put_place(struct dns *out, size_t instance, const char *host, const char *text) {
  put_pointer(out, instance);
  size_t start = begin_record(out, TYPE_SRV, FLUSH, 120);
  put16(out, 0), put16(out, 0), put16(out, 8080);
  size_t host_at = out->length;
  put_label(out, host), put_pointer(out, LOCAL_AT);
  end_record(out, start);
  put_pointer(out, instance);
  start = begin_record(out, TYPE_TXT, FLUSH, 4500);
  put_label(out, "path=/"), put_label(out, text);
  end_record(out, start);
  put_pointer(out, host_at);
  start = begin_record(out, TYPE_A, FLUSH, 120);
  put32(out, out->from);
  end_record(out, start);
  return host_at;
}

/* That a host has an A record and nothing else (RFC 6762 section 6.1). */
UNUSED static void put_nothing_else(struct dns *out, size_t host_at) {
  put_pointer(out, host_at);
  size_t start = begin_record(out, TYPE_NSEC, FLUSH, 120);
  put_pointer(out, host_at);
  put8(out, 0), put8(out, 1), put8(out, 0x40);
  end_record(out, start);
}

UNUSED static unsigned get16(const uint8_t *bytes, size_t at) { return bytes[at] << 8 | bytes[at + 1]; }

/* Reads a name as text in small letters. Returns where it ends, or 0 when it is none. */
UNUSED static size_t get_name(const uint8_t *bytes, size_t length, size_t at, char name[256]) {
  size_t end = 0, size = 0;
  for (int steps = 0; steps < 128 && at < length; steps++) {
    unsigned head = bytes[at];
    if (head >= 0xc0) {
      if (at + 1 >= length) return 0;
      if (!end) end = at + 2;
      at = (head & 0x3f) << 8 | bytes[at + 1];
    } else if (head == 0) {
      name[size ? size - 1 : 0] = 0;
      return end ? end : at + 1;
    } else {
      if (at + 1 + head > length || size + head + 1 > 255) return 0;
      for (unsigned i = 1; i <= head; i++) name[size++] = bytes[at + i] | (bytes[at + i] >= 'A' && bytes[at + i] <= 'Z' ? 32 : 0);
      name[size++] = '.';
      at += head + 1;
    }
  }
  return 0;
}

/* Joins the group on an interface, and speaks there as mDNS does; what it says itself it does not hear. */
UNUSED static void join(int fd, const char *interface) {
  struct ip_mreqn group = {.imr_multiaddr.s_addr = inet_addr(MDNS_GROUP), .imr_ifindex = if_nametoindex(interface)};
  if (setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group)) die("IP_ADD_MEMBERSHIP");
  int hops = 255, none = 0;
  if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &hops, sizeof hops)) die("IP_MULTICAST_TTL");
  if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &none, sizeof none)) die("IP_MULTICAST_LOOP");
}
#endif
