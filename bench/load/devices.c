/*
 * A crowd of devices, each at an address of its own, that answers searches.
 *
 *   devices INTERFACE COUNT spread|burst SECONDS
 *
 * Each device answers every search to the group: at random within its MX, or all at once and as fast as they can; and at
 * once what is sent to it alone. It prints "READY", at the first search "ASKED MILLISECONDS MX" (by the real-time clock),
 * and after SECONDS or at the end of its input {"searches","sent"}.
 */
#define _GNU_SOURCE
#include "load.h"
#include <poll.h>

#define SIZE 512
#define MOST_SEARCHES 64

struct answer {
  double at;
  uint32_t device;
};

struct search {
  struct sockaddr_in from;
  struct answer *answers;
  long count, given;
};

static char (*texts)[SIZE];
static struct search searches[MOST_SEARCHES];
static long count, asked, sent;
static int fd, bursts;
static struct outgoing out;

static void write_answer(uint32_t device) {
  uint32_t from = CROWD + device;
  snprintf(texts[device], SIZE,
           "HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\nDATE: Tue, 04 Jun 2024 10:11:12 GMT\r\nEXT:\r\n"
           "LOCATION: http://%u.%u.%u.%u:8080/device.xml\r\nSERVER: Linux/6.1 UPnP/1.1 Bench/1.0\r\n"
           "ST: upnp:rootdevice\r\nUSN: uuid:62656e63-6800-4000-8000-0000%08x::upnp:rootdevice\r\n\r\n",
           from >> 24, from >> 16 & 255, from >> 8 & 255, from & 255, device);
}

static void give(struct search *search, uint32_t device) {
  add(&out, texts[device], strlen(texts[device]), CROWD + device, &search->from);
  sent++;
  if (out.count == BATCH) flush(fd, &out);
}

static int by_time(const void *one, const void *other) {
  double a = ((const struct answer *)one)->at, b = ((const struct answer *)other)->at;
  return (a > b) - (a < b);
}

static void plan(struct search *search, double window) {
  double now = monotonic();
  search->answers = malloc(count * sizeof *search->answers);
  search->count = count;
  for (long i = 0; i < count; i++) search->answers[i] = (struct answer){now + drand48() * window, i};
  qsort(search->answers, count, sizeof *search->answers, by_time);
}

static void answer(char *text, struct sockaddr_in *from, uint32_t to) {
  if (strncmp(text, "M-SEARCH ", 9) || asked == MOST_SEARCHES) return;
  struct search *search = &searches[asked++];
  *search = (struct search){.from = *from};
  const char *field = strcasestr(text, "\r\nMX:");
  int mx = field ? atoi(field + 5) : 1;
  if (asked == 1) printf("ASKED %.3f %d\n", seconds_of(CLOCK_REALTIME) * 1000, mx), fflush(stdout);
  if (to - CROWD < (uint32_t)count) give(search, to - CROWD);
  else if (bursts) for (long i = 0; i < count; i++) give(search, i);
  else plan(search, mx);
  flush(fd, &out);
}

static void receive(void) {
  char bytes[2048], control[256];
  struct iovec data = {bytes, sizeof bytes - 1};
  struct sockaddr_in from;
  struct msghdr header = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &data, .msg_iovlen = 1,
                          .msg_control = control, .msg_controllen = sizeof control};
  ssize_t length = recvmsg(fd, &header, MSG_DONTWAIT);
  if (length < 0) return;
  bytes[length] = 0;
  uint32_t to = 0;
  for (struct cmsghdr *one = CMSG_FIRSTHDR(&header); one; one = CMSG_NXTHDR(&header, one))
    if (one->cmsg_level == IPPROTO_IP && one->cmsg_type == IP_PKTINFO)
      to = ntohl(((struct in_pktinfo *)CMSG_DATA(one))->ipi_addr.s_addr);
  answer(bytes, &from, to);
}

/* Sends what is due, and tells whether more is to come. */
static int give_due(void) {
  int waits = 0;
  double now = monotonic();
  for (long i = 0; i < asked; i++) {
    struct search *search = &searches[i];
    while (search->given < search->count && search->answers[search->given].at <= now)
      give(search, search->answers[search->given++].device);
    waits |= search->given < search->count;
  }
  flush(fd, &out);
  return waits;
}

int main(int words_count, char **words) {
  if (words_count < 5) return 2;
  count = atol(words[2]);
  bursts = !strcmp(words[3], "burst");
  double end = monotonic() + atof(words[4]);
  texts = malloc(count * SIZE);
  for (long i = 0; i < count; i++) write_answer(i);
  fd = open_socket(PORT, words[1]);
  int one = 1;
  struct ip_mreqn group = {.imr_multiaddr.s_addr = inet_addr(GROUP), .imr_ifindex = if_nametoindex(words[1])};
  if (setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof one)) die("IP_PKTINFO");
  if (setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group)) die("IP_ADD_MEMBERSHIP");
  printf("READY\n");
  fflush(stdout);
  struct pollfd heard[] = {{fd, POLLIN, 0}, {0, POLLIN, 0}};
  while (monotonic() < end && !heard[1].revents) {
    int waits = give_due();
    poll(heard, 2, waits ? 1 : 50);
    if (heard[0].revents) receive();
  }
  printf("{\"searches\":%ld,\"sent\":%ld}\n", asked, sent);
  return 0;
}
