/*
 * A headless LabDevice:1 on pupnp (libupnp 1.8).
 *
 *   libupnp-device INTERFACE MAX_AGE
 *
 * It prints "READY ADDRESS:PORT", says byebye on SIGTERM, and nothing on SIGKILL.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <upnp/upnp.h>
#include <upnp/upnptools.h>

static const char description[] =
    "<?xml version=\"1.0\"?><root xmlns=\"urn:schemas-upnp-org:device-1-0\">"
    "<specVersion><major>1</major><minor>0</minor></specVersion>"
    "<device><deviceType>urn:schemas-upnp-org:device:LabDevice:1</deviceType><friendlyName>Lab pupnp</friendlyName>"
    "<manufacturer>Lab</manufacturer><modelName>Lab</modelName><UDN>uuid:70757070-0000-4000-8000-000000000001</UDN>"
    "</device></root>";

static int ignore(Upnp_EventType type, const void *event, void *cookie) {
  (void)type, (void)event, (void)cookie;
  return 0;
}

static int failed(const char *step, int code) {
  fprintf(stderr, "%s: %s\n", step, UpnpGetErrorMessage(code));
  return 3;
}

int main(int count, char **words) {
  if (count < 3) return 2;
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  sigprocmask(SIG_BLOCK, &term, NULL); /* before the library makes its threads */

  UpnpDevice_Handle device;
  int code = UpnpInit2(words[1], 0);
  if (code) return failed("UpnpInit2", code);
  code = UpnpRegisterRootDevice2(UPNPREG_BUF_DESC, description, strlen(description), 1, ignore, NULL, &device);
  if (code) return failed("UpnpRegisterRootDevice2", code);
  code = UpnpSendAdvertisement(device, atoi(words[2]));
  if (code) return failed("UpnpSendAdvertisement", code);
  printf("READY %s:%d\n", UpnpGetServerIpAddress(), UpnpGetServerPort());
  fflush(stdout);

  int signal;
  sigwait(&term, &signal);
  UpnpUnRegisterRootDevice(device);
  UpnpFinish();
  return 0;
}
