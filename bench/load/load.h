/* What the load programs share: time, the group, the crowd of addresses that they speak from, datagrams in batches. */
#ifndef LOAD_H
#define LOAD_H
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#define GROUP "239.255.255.250"
#define PORT 1900
#define BATCH 64
/* Our addresses: this one and all that follow, each of which may be a device of its own. */
#define CROWD 0x0a800001u /* 10.128.0.1 */
#define CROWD_SIZE 0x7ffffeu

#define UNUSED __attribute__((unused))

UNUSED static int die(const char *step) {
  perror(step);
  exit(3);
}

UNUSED static double seconds_of(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

UNUSED static double monotonic(void) { return seconds_of(CLOCK_MONOTONIC); }

UNUSED static void pause_for(double seconds) {
  struct timespec time = {(time_t)seconds, (long)((seconds - (time_t)seconds) * 1e9)};
  nanosleep(&time, NULL);
}

UNUSED static double cpu_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

UNUSED static struct sockaddr_in endpoint(const char *address, int port) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
  if (inet_pton(AF_INET, address, &at.sin_addr) != 1) die(address);
  return at;
}

/* A datagram socket with large buffers whose multicast goes out on an interface. */
UNUSED static int open_socket(int port, const char *interface) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0), one = 1, bytes = 4 << 20;
  if (fd < 0) die("socket");
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  struct sockaddr_in at = endpoint("0.0.0.0", port);
  if (bind(fd, (struct sockaddr *)&at, sizeof at)) die("bind");
  if (interface) {
    struct ip_mreqn on = {.imr_ifindex = if_nametoindex(interface)};
    if (!on.imr_ifindex || setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &on, sizeof on)) die(interface);
  }
  return fd;
}

/* Datagrams to send at once, each from an address of the crowd. */
struct outgoing {
  struct mmsghdr messages[BATCH];
  struct iovec data[BATCH];
  char control[BATCH][CMSG_SPACE(sizeof(struct in_pktinfo))];
  int count;
};

UNUSED static void add(struct outgoing *out, char *bytes, size_t length, uint32_t from, struct sockaddr_in *to) {
  int at = out->count++;
  out->data[at] = (struct iovec){bytes, length};
  struct msghdr *header = &out->messages[at].msg_hdr;
  *header = (struct msghdr){.msg_name = to, .msg_namelen = sizeof *to, .msg_iov = &out->data[at], .msg_iovlen = 1,
                            .msg_control = out->control[at], .msg_controllen = sizeof out->control[at]};
  struct cmsghdr *extra = CMSG_FIRSTHDR(header);
  *extra = (struct cmsghdr){.cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO,
                            .cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo))};
  struct in_pktinfo info = {.ipi_spec_dst.s_addr = htonl(from)};
  memcpy(CMSG_DATA(extra), &info, sizeof info);
}

UNUSED static void flush(int fd, struct outgoing *out) {
  for (int sent = 0; sent < out->count;) {
    int more = sendmmsg(fd, out->messages + sent, out->count - sent, 0);
    if (more > 0) sent += more;
    else if (errno != EINTR && errno != ENOBUFS && errno != EAGAIN) die("sendmmsg");
  }
  out->count = 0;
}
#endif
