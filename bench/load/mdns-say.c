/*
 * Announces services, at an even pace, to the group of mDNS.
 *
 *   mdns-say INTERFACE pointers|full|hostile|hostile-pointers INSTANCES RATE TOTAL
 *
 * `pointers`: the PTR records of INSTANCES services in turn, five of each address, every message byte for byte as the first
 * time. `full`: as that, with SRV, TXT and A. `hostile` and `hostile-pointers`: the same two, but no two alike, each from
 * the next address, with names of its own. When it is held up it catches up by a fiftieth of a second at most, and tells
 * how long it was late. It prints {"sent","seconds","late","cpu"}.
 */
#include "dns.h"

#define MOST_BEHIND 0.02

static void write_announcement(struct dns *out, uint32_t from, uint32_t host, uint32_t instance, int is_full) {
  char label[32], host_label[32];
  snprintf(label, sizeof label, "bench-%08x", instance);
  snprintf(host_label, sizeof host_label, "host-%08x", host);
  out->from = from;
  begin(out, 0x8400, 0, is_full ? 4 : 1, 0);
  size_t instance_at = put_ptr(out, label);
  if (is_full) put_place(out, instance_at, host_label, "note=a text of no meaning");
}

static struct dns *write_all(long instances, int is_full) {
  struct dns *all = malloc(instances * sizeof *all);
  for (long i = 0; i < instances; i++) write_announcement(&all[i], CROWD + i / 5, i / 5, i, is_full);
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
  int is_hostile = !strncmp(words[2], "hostile", 7);
  int is_full = !strcmp(words[2], "full") || !strcmp(words[2], "hostile");
  long instances = atol(words[3]), rate = atol(words[4]), total = atol(words[5]);
  int fd = open_socket(MDNS_PORT, words[1]);
  join(fd, words[1]);
  struct sockaddr_in group = endpoint(MDNS_GROUP, MDNS_PORT);
  struct dns *all = is_hostile ? NULL : write_all(instances, is_full);
  static struct dns fresh[BATCH];
  static struct outgoing out;

  double began = monotonic(), start = began, late = 0, cpu = cpu_seconds();
  for (long sent = 0; sent < total;) {
    long now = due(&start, sent, rate, &late);
    for (; now > 0 && sent < total; now--, sent++) {
      struct dns *next = is_hostile ? &fresh[out.count] : &all[sent % instances];
      if (is_hostile) write_announcement(next, CROWD + sent % CROWD_SIZE, sent, sent, is_full);
      add(&out, (char *)next->bytes, next->length, next->from, &group);
    }
    flush(fd, &out);
  }
  printf("{\"sent\":%ld,\"seconds\":%f,\"late\":%f,\"cpu\":%f}\n", total, monotonic() - began, late,
         cpu_seconds() - cpu);
  return 0;
}
