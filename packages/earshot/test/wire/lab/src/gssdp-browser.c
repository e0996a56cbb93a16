/*
 * A GSSDP 1.6 resource browser on one address of an interface. The packaged gssdp-discover does IPv4 only.
 *
 *   gssdp-browser INTERFACE ADDRESS TARGET
 *
 * It searches every 3 seconds, and prints "READY", then "AVAILABLE USN LOCATION" and "UNAVAILABLE USN".
 */
#include <libgssdp/gssdp.h>
#include <stdio.h>

static void available(GSSDPResourceBrowser *browser, const char *usn, GList *locations, gpointer data) {
  (void)browser, (void)data;
  printf("AVAILABLE %s %s\n", usn, locations ? (const char *)locations->data : "-");
  fflush(stdout);
}

static void unavailable(GSSDPResourceBrowser *browser, const char *usn, gpointer data) {
  (void)browser, (void)data;
  printf("UNAVAILABLE %s\n", usn);
  fflush(stdout);
}

static gboolean search_again(gpointer browser) {
  gssdp_resource_browser_rescan(browser);
  return G_SOURCE_CONTINUE;
}

int main(int count, char **words) {
  if (count < 4) return 2;
  GError *error = NULL;
  GInetAddress *address = g_inet_address_new_from_string(words[2]);
  if (!address) return 2;
  GSSDPClient *client = gssdp_client_new_full(words[1], address, 0, GSSDP_UDA_VERSION_1_1, &error);
  if (!client) return fprintf(stderr, "%s\n", error->message), 3;
  GSSDPResourceBrowser *browser = gssdp_resource_browser_new(client, words[3]);
  g_signal_connect(browser, "resource-available", G_CALLBACK(available), NULL);
  g_signal_connect(browser, "resource-unavailable", G_CALLBACK(unavailable), NULL);
  gssdp_resource_browser_set_active(browser, TRUE);
  g_timeout_add_seconds(3, search_again, browser);
  printf("READY\n");
  fflush(stdout);
  g_main_loop_run(g_main_loop_new(NULL, FALSE));
  return 0;
}
