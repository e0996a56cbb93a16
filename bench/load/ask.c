/*
 * Asks one address by unicast M-SEARCH, with a fixed number of questions under way.
 *
 *   ask ADDRESS TARGET OUTSTANDING SECONDS MOST_PER_MS
 *
 * HOST names the group all the same: libupnp answers nothing else. MOST_PER_MS of 0 asks anew at every answer; more
 * spreads the questions, for those who wait before they answer. It prints
 * {"asked","answered","echoed","wrong","lost","seconds","cpu"}: an answer is 200 OK with the target and a USN.
 */
#define _GNU_SOURCE
#include "load.h"

static long asked, answered, echoed, wrong, lost;
static const char *target;

static void judge(char *bytes, size_t length) {
  bytes[length] = 0;
  if (!strncmp(bytes, "HTTP/1.1 200 OK\r\n", 17) && strcasestr(bytes, "\r\nUSN:") && strstr(bytes, target)) answered++;
  else if (!strncmp(bytes, "M-SEARCH ", 9)) echoed++;
  else wrong++;
}

static int receive(int fd) {
  static char bytes[BATCH][2048];
  static struct mmsghdr messages[BATCH];
  static struct iovec data[BATCH];
  for (int i = 0; i < BATCH; i++) {
    data[i] = (struct iovec){bytes[i], sizeof bytes[i] - 1};
    messages[i].msg_hdr = (struct msghdr){.msg_iov = &data[i], .msg_iovlen = 1};
  }
  int count = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
  for (int i = 0; i < count; i++) judge(bytes[i], messages[i].msg_len);
  return count < 0 ? 0 : count;
}

static void ask(int fd, struct sockaddr_in *to, char *question, size_t length, long count) {
  static struct mmsghdr messages[BATCH];
  struct iovec data = {question, length};
  for (int i = 0; i < BATCH; i++)
    messages[i].msg_hdr = (struct msghdr){.msg_name = to, .msg_namelen = sizeof *to, .msg_iov = &data, .msg_iovlen = 1};
  while (count > 0) {
    int sent = sendmmsg(fd, messages, count < BATCH ? count : BATCH, 0);
    if (sent < 0) die("sendmmsg");
    count -= sent;
    asked += sent;
  }
}

int main(int count, char **words) {
  if (count < 6) return 2;
  struct sockaddr_in to = endpoint(words[1], PORT);
  target = words[2];
  long outstanding = atol(words[3]), per_ms = atol(words[5]);
  double length = atof(words[4]), patience = per_ms ? 1.5 : 0.1;
  char question[512];
  size_t size = snprintf(question, sizeof question,
                         "M-SEARCH * HTTP/1.1\r\nHOST: " GROUP ":1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: %s\r\n\r\n",
                         target);
  int fd = open_socket(0, NULL);
  struct timeval wait = {.tv_usec = per_ms ? 1000 : 100000};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);

  double start = monotonic(), heard = start, cpu = cpu_seconds();
  for (long waiting = 0; monotonic() < start + length;) {
    long room = outstanding - waiting;
    long allowed = per_ms ? (long)((monotonic() - start) * 1000 * per_ms) - asked : room;
    long more = allowed < room ? allowed : room;
    if (more > 0) ask(fd, &to, question, size, more), waiting += more;
    int got = receive(fd);
    waiting = got < waiting ? waiting - got : 0;
    double now = monotonic();
    if (got) heard = now;
    else if (now > heard + patience) lost += waiting, waiting = 0, heard = now;
  }
  printf("{\"asked\":%ld,\"answered\":%ld,\"echoed\":%ld,\"wrong\":%ld,\"lost\":%ld,\"seconds\":%f,\"cpu\":%f}\n", asked,
         answered, echoed, wrong, lost, monotonic() - start, cpu_seconds() - cpu);
  return 0;
}
