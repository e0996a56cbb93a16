/*
 * A crowd of services, each of a host at an address of its own, that answers what is asked of mDNS.
 *
 *   mdns-crowd INTERFACE COUNT spread|burst SECONDS
 *
 * Whoever asks for their type is answered by each that is not among his known answers, with PTR, SRV, TXT, A and that there
 * is no AAAA (RFC 6762 section 6.1) in one message to the group: at random within 20 to 120 ms (RFC 6762 section 6), or all at once and as fast as they can. Who asks
 * for one of them or for its host is answered by that one. It prints "READY", at the first question for the type "ASKED
 * MILLISECONDS" (by the real-time clock), and after SECONDS or at the end of its input {"queries","sent","last"}: when the last
 * answer to that first question left.
 */
#include "dns.h"
#include <poll.h>

#define MOST_ROUNDS 16

struct answer {
  double at;
  uint32_t service;
};

/* What one query for the type is answered with. */
struct round {
  struct answer *answers;
  long count, given;
};

static struct dns *texts;
static struct round rounds[MOST_ROUNDS];
static char *known;
static long count, queries, sent, asked_rounds;
static int fd, bursts, is_asked;
static double last;
static struct outgoing out;
static struct sockaddr_in group;

static void write_answer(uint32_t service) {
  struct dns *text = &texts[service];
  char label[32], host[32];
  snprintf(label, sizeof label, "bench-%08x", service);
  snprintf(host, sizeof host, "host-%08x", service);
  text->from = CROWD + service;
  begin(text, 0x8400, 0, 1, 4);
  put_nothing_else(text, put_place(text, put_ptr(text, label), host, "note=a text of no meaning"));
}

static void give(uint32_t service) {
  add(&out, (char *)texts[service].bytes, texts[service].length, texts[service].from, &group);
  sent++;
  if (out.count == BATCH) flush(fd, &out);
}

static int by_time(const void *one, const void *other) {
  double a = ((const struct answer *)one)->at, b = ((const struct answer *)other)->at;
  return (a > b) - (a < b);
}

/* All that are not known answer, and nobody is known any more. */
static void plan(void) {
  if (asked_rounds == MOST_ROUNDS) return;
  struct round *round = &rounds[asked_rounds++];
  double now = monotonic();
  round->answers = malloc(count * sizeof *round->answers);
  for (long i = 0; i < count; i++)
    if (!known[i]) round->answers[round->count++] = (struct answer){now + (bursts ? 0 : 0.02 + drand48() * 0.1), i};
  qsort(round->answers, round->count, sizeof *round->answers, by_time);
  memset(known, 0, count);
  is_asked = 0;
}

static void take_question(const char *name, int type) {
  unsigned service;
  if (!strcmp(name, SERVICE) && (type == TYPE_PTR || type == TYPE_ANY)) {
    if (!asked_rounds && !is_asked) printf("ASKED %.3f\n", seconds_of(CLOCK_REALTIME) * 1000), fflush(stdout);
    is_asked = 1;
  } else if ((sscanf(name, "bench-%8x._bench._tcp.local", &service) == 1 ||
              (sscanf(name, "host-%8x.local", &service) == 1 && (type == TYPE_A || type == TYPE_ANY))) &&
             service < (unsigned)count)
    give(service);
}

static void take_known(const uint8_t *bytes, size_t length, size_t at) {
  char name[256];
  unsigned service;
  if (get_name(bytes, length, at, name) && sscanf(name, "bench-%8x.", &service) == 1 && service < (unsigned)count)
    known[service] = 1;
}

static void receive(void) {
  static uint8_t bytes[9000];
  ssize_t length = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
  if (length < 12 || bytes[2] & 0x80) return;
  queries++;
  unsigned questions = get16(bytes, 4), answers = get16(bytes, 6);
  char name[256];
  size_t at = 12;
  for (; questions > 0; questions--) {
    at = get_name(bytes, length, at, name);
    if (!at || at + 4 > (size_t)length) return;
    take_question(name, get16(bytes, at));
    at += 4;
  }
  for (; answers > 0; answers--) {
    at = get_name(bytes, length, at, name);
    if (!at || at + 10 > (size_t)length) return;
    if (get16(bytes, at) == TYPE_PTR) take_known(bytes, length, at + 10);
    at += 10 + get16(bytes, at + 8);
  }
  /* More known answers are to follow a message that says so. */
  if (is_asked && !(bytes[2] & 2)) plan();
}

/* Sends what is due, and tells whether more is to come. */
static int give_due(void) {
  int waits = 0;
  double now = monotonic();
  for (long i = 0; i < asked_rounds; i++) {
    struct round *round = &rounds[i];
    int gave = 0;
    while (round->given < round->count && round->answers[round->given].at <= now)
      give(round->answers[round->given++].service), gave = 1;
    flush(fd, &out);
    if (gave && i == 0) last = seconds_of(CLOCK_REALTIME) * 1000;
    waits |= round->given < round->count;
  }
  return waits;
}

int main(int words_count, char **words) {
  if (words_count < 5) return 2;
  count = atol(words[2]);
  bursts = !strcmp(words[3], "burst");
  double end = monotonic() + atof(words[4]);
  texts = malloc(count * sizeof *texts);
  known = calloc(count, 1);
  for (long i = 0; i < count; i++) write_answer(i);
  group = endpoint(MDNS_GROUP, MDNS_PORT);
  fd = open_socket(MDNS_PORT, words[1]);
  join(fd, words[1]);
  printf("READY\n");
  fflush(stdout);
  struct pollfd heard[] = {{fd, POLLIN, 0}, {0, POLLIN, 0}};
  while (monotonic() < end && !heard[1].revents) {
    int waits = give_due();
    poll(heard, 2, waits ? 1 : 50);
    if (heard[0].revents) receive();
  }
  flush(fd, &out);
  printf("{\"queries\":%ld,\"sent\":%ld,\"last\":%.3f}\n", queries, sent, last);
  return 0;
}
