/*
 * A control point on pupnp (libupnp 1.8) that tells what it hears.
 *
 *   libupnp-control-point INTERFACE TARGET
 *
 * It searches TARGET every 3 seconds with MX 1, and prints "READY", then for what it hears
 *   ANSWER|ALIVE|BYEBYE DEVICE_ID::TYPE LOCATION
 * The library takes the USN apart; TYPE is empty for the root device and for the bare UDN.
 */
#include <stdio.h>
#include <unistd.h>
#include <upnp/upnp.h>
#include <upnp/upnptools.h>
#include <upnp/Discovery.h>

static int heard(Upnp_EventType type, const void *event, void *cookie) {
  (void)cookie;
  const char *word = type == UPNP_DISCOVERY_SEARCH_RESULT            ? "ANSWER"
                     : type == UPNP_DISCOVERY_ADVERTISEMENT_ALIVE    ? "ALIVE"
                     : type == UPNP_DISCOVERY_ADVERTISEMENT_BYEBYE   ? "BYEBYE"
                                                                     : NULL;
  if (!word) return 0;
  const UpnpDiscovery *one = event;
  printf("%s %s::%s%s %s\n", word, UpnpDiscovery_get_DeviceID_cstr(one), UpnpDiscovery_get_DeviceType_cstr(one),
         UpnpDiscovery_get_ServiceType_cstr(one), UpnpDiscovery_get_Location_cstr(one));
  fflush(stdout);
  return 0;
}

int main(int count, char **words) {
  if (count < 3) return 2;
  UpnpClient_Handle client;
  int code = UpnpInit2(words[1], 0);
  if (!code) code = UpnpRegisterClient(heard, NULL, &client);
  if (code) return fprintf(stderr, "%s\n", UpnpGetErrorMessage(code)), 3;
  printf("READY\n");
  fflush(stdout);
  for (;;) {
    UpnpSearchAsync(client, 1, words[2], NULL);
    sleep(3);
  }
}
