/*
 * Announces, at an even pace, to the group.
 *
 *   say INTERFACE same|changing|hostile USNS RATE TOTAL
 *
 * `same`: USNS advertisements in turn, five of each device, each device at an address of its own, every one byte for byte
 * as the first time. `changing`: as that, but each with a header that differs every time. `hostile`: no two alike; each
 * from the next address, with a UDN and LOCATION of its own. When it is held up it catches up by a fiftieth of a second at
 * most, and tells how long it was late. It prints {"sent","seconds","late","cpu"}.
 */
#define _GNU_SOURCE
#include "load.h"

#define SIZE 640
#define MOST_BEHIND 0.02

struct announcement {
  size_t length;
  uint32_t from;
  char bytes[SIZE];
};

static const char *const types[] = {"upnp:rootdevice", "", "urn:schemas-upnp-org:device:MediaServer:1",
                                    "urn:schemas-upnp-org:service:ContentDirectory:1",
                                    "urn:schemas-upnp-org:service:ConnectionManager:1"};

static void write_announcement(struct announcement *out, uint32_t from, uint32_t device, int which, const char *extra) {
  char udn[64];
  snprintf(udn, sizeof udn, "uuid:62656e63-6800-4000-8000-0000%08x", device);
  const char *type = types[which];
  out->from = from;
  out->length = snprintf(out->bytes, SIZE,
                         "NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nCACHE-CONTROL: max-age=1800\r\n"
                         "LOCATION: http://%u.%u.%u.%u:8080/device.xml\r\nSERVER: Linux/6.1 UPnP/1.1 Bench/1.0\r\n"
                         "NT: %s\r\nNTS: ssdp:alive\r\nUSN: %s%s%s\r\nBOOTID.UPNP.ORG: 1717171717\r\n"
                         "CONFIGID.UPNP.ORG: 1337\r\n%s\r\n",
                         from >> 24, from >> 16 & 255, from >> 8 & 255, from & 255, *type ? type : udn, udn,
                         *type ? "::" : "", type, extra);
}

static struct announcement *write_all(long usns, const char *extra) {
  struct announcement *all = malloc(usns * sizeof *all);
  for (long i = 0; i < usns; i++) write_announcement(&all[i], CROWD + i / 5, i / 5, i % 5, extra);
  return all;
}

/* Waits until the moment of the next one. A start that moved makes up for what cannot be caught up with. */
static long due(double *start, long sent, long rate, double *late) {
  for (;;) {
    double now = monotonic();
    long behind = (long)((now - *start) * rate) - sent;
    if (behind > rate * MOST_BEHIND) {
      double slip = now - *start - (double)sent / rate - MOST_BEHIND;
      *start += slip;
      *late += slip;
    }
    if (behind > 0) return behind < BATCH ? behind : BATCH;
    pause_for(0.0001);
  }
}

int main(int count, char **words) {
  if (count < 6) return 2;
  int is_hostile = !strcmp(words[2], "hostile"), changes = !strcmp(words[2], "changing");
  long usns = atol(words[3]), rate = atol(words[4]), total = atol(words[5]);
  int fd = open_socket(0, words[1]);
  struct sockaddr_in group = endpoint(GROUP, PORT);
  struct announcement *all = is_hostile ? NULL : write_all(usns, changes ? "X-TIME.EXAMPLE.ORG: 0000000000\r\n" : "");
  static struct announcement fresh[BATCH];
  static struct outgoing out;

  double began = monotonic(), start = began, late = 0, cpu = cpu_seconds();
  for (long sent = 0; sent < total;) {
    long now = due(&start, sent, rate, &late);
    for (; now > 0 && sent < total; now--, sent++) {
      struct announcement *next = is_hostile ? &fresh[out.count] : &all[sent % usns];
      if (is_hostile) write_announcement(next, CROWD + sent % CROWD_SIZE, sent, sent % 5, "");
      char digits[16];
      if (changes) memcpy(next->bytes + next->length - 14, digits, snprintf(digits, sizeof digits, "%010ld", sent));
      add(&out, next->bytes, next->length, next->from, &group);
    }
    flush(fd, &out);
  }
  printf("{\"sent\":%ld,\"seconds\":%f,\"late\":%f,\"cpu\":%f}\n", total, monotonic() - began, late,
         cpu_seconds() - cpu);
  return 0;
}
