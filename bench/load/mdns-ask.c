/*
 * Asks one address by unicast for the SRV record of a service, with a fixed number of questions under way, as resolvers
 * of old do (RFC 6762 section 6.7): from a port of its own, to which the answer comes.
 *
 *   mdns-ask INTERFACE OWN_ADDRESS ADDRESS NAME OUTSTANDING SECONDS
 *
 * It asks anew at every answer. Answers to the group count, too, for some answer everybody. It prints
 * {"asked","answered","multicast","echoed","wrong","lost","seconds","cpu"}.
 */
#include "dns.h"
#include <poll.h>

static long asked, answered, multicast, echoed, wrong, lost;

static void judge(const uint8_t *bytes, size_t length, long *good) {
  if (length < 12) wrong++;
  else if (!(bytes[2] & 0x80)) echoed++;
  else if (get16(bytes, 6) >= 1) (*good)++;
  else wrong++;
}

static int receive(int fd, long *good) {
  static uint8_t bytes[BATCH][2048];
  static struct mmsghdr messages[BATCH];
  static struct iovec data[BATCH];
  for (int i = 0; i < BATCH; i++) {
    data[i] = (struct iovec){bytes[i], sizeof bytes[i]};
    messages[i].msg_hdr = (struct msghdr){.msg_iov = &data[i], .msg_iovlen = 1};
  }
  int count = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, NULL);
  for (int i = 0; i < count; i++) judge(bytes[i], messages[i].msg_len, good);
  return count < 0 ? 0 : count;
}

/* Each has an id of its own: who hears the very same twice within a moment may take it for a copy. */
static void ask(int fd, struct sockaddr_in *to, const struct dns *question, long count) {
  static struct dns questions[BATCH];
  static struct outgoing out;
  for (; count > 0; count--, asked++) {
    struct dns *next = &questions[out.count];
    *next = *question;
    next->bytes[0] = asked >> 8 & 255, next->bytes[1] = asked & 255;
    add(&out, (char *)next->bytes, next->length, next->from, to);
    if (out.count == BATCH) flush(fd, &out);
  }
  flush(fd, &out);
}

int main(int count, char **words) {
  if (count < 7) return 2;
  struct sockaddr_in to = endpoint(words[3], MDNS_PORT);
  long outstanding = atol(words[5]);
  double length = atof(words[6]);
  static struct dns question;
  question.from = ntohl(endpoint(words[2], 0).sin_addr.s_addr);
  begin(&question, 0, 1, 0, 0);
  put_name(&question, words[4]);
  put16(&question, TYPE_SRV), put16(&question, IN);
  int own = open_socket(0, NULL), group = open_socket(MDNS_PORT, words[1]);
  join(group, words[1]);
  struct pollfd heard[] = {{own, POLLIN, 0}, {group, POLLIN, 0}};

  double start = monotonic(), last = start, cpu = cpu_seconds();
  for (long waiting = 0; monotonic() < start + length;) {
    if (waiting < outstanding) ask(own, &to, &question, outstanding - waiting), waiting = outstanding;
    poll(heard, 2, 100);
    int got = heard[0].revents ? receive(own, &answered) : 0;
    got += heard[1].revents ? receive(group, &multicast) : 0;
    waiting = got < waiting ? waiting - got : 0;
    double now = monotonic();
    if (got) last = now;
    else if (now > last + 0.1) lost += waiting, waiting = 0, last = now;
  }
  printf("{\"asked\":%ld,\"answered\":%ld,\"multicast\":%ld,\"echoed\":%ld,\"wrong\":%ld,\"lost\":%ld,\"seconds\":%f,"
         "\"cpu\":%f}\n",
         asked, answered, multicast, echoed, wrong, lost, monotonic() - start, cpu_seconds() - cpu);
  return 0;
}
