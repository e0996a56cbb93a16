/*
 * A headless BinaryLight:1 on GUPnP 1.6, whose announcements can expire soon.
 *
 *   gupnp-light INTERFACE FOLDER MAX_AGE [ADDRESS]
 *
 * FOLDER receives the documents that it serves. It prints "READY" when its first announcements are out, says byebye on
 * SIGTERM, and nothing on SIGKILL.
 */
#include <dlfcn.h>
#include <glib-unix.h>
#include <libgupnp/gupnp.h>
#include <stdio.h>
#include <stdlib.h>

#define NS "urn:schemas-upnp-org:"

static const char description[] =
    "<?xml version=\"1.0\"?><root xmlns=\"" NS "device-1-0\"><specVersion><major>1</major><minor>0</minor></specVersion>"
    "<device><deviceType>" NS "device:BinaryLight:1</deviceType><friendlyName>Lab light</friendlyName>"
    "<manufacturer>Lab</manufacturer><modelName>Light</modelName><UDN>uuid:6c696768-7400-4000-8000-000000000001</UDN>"
    "<serviceList><service><serviceType>" NS "service:SwitchPower:1</serviceType>"
    "<serviceId>urn:upnp-org:serviceId:SwitchPower:1</serviceId><SCPDURL>/switch-power.xml</SCPDURL>"
    "<controlURL>/control</controlURL><eventSubURL>/event</eventSubURL></service></serviceList></device></root>";

static const char scpd[] =
    "<?xml version=\"1.0\"?><scpd xmlns=\"" NS "service-1-0\"><specVersion><major>1</major><minor>0</minor></specVersion>"
    "<actionList><action><name>GetStatus</name><argumentList><argument><name>ResultStatus</name><direction>out</direction>"
    "<relatedStateVariable>Status</relatedStateVariable></argument></argumentList></action></actionList>"
    "<serviceStateTable><stateVariable sendEvents=\"yes\"><name>Status</name><dataType>boolean</dataType>"
    "<defaultValue>0</defaultValue></stateVariable></serviceStateTable></scpd>";

static guint max_age = 1800;

/* GUPnPRootDevice keeps its resource group to itself: the only way to its max-age is to be there when it is made. */
GSSDPResourceGroup *gssdp_resource_group_new(GSSDPClient *client) {
  GSSDPResourceGroup *(*make)(GSSDPClient *) = dlsym(RTLD_NEXT, "gssdp_resource_group_new");
  GSSDPResourceGroup *group = make(client);
  gssdp_resource_group_set_max_age(group, max_age);
  gssdp_resource_group_set_message_delay(group, 20);
  return group;
}

static void get_status(GUPnPService *service, GUPnPServiceAction *action, gpointer data) {
  (void)service, (void)data;
  gupnp_service_action_set(action, "ResultStatus", G_TYPE_BOOLEAN, FALSE, NULL);
  gupnp_service_action_return_success(action);
}

static gboolean quit(gpointer loop) {
  g_main_loop_quit(loop);
  return G_SOURCE_REMOVE;
}

/* It announces each of its four entries three times, after a byebye, 20 ms apart. */
static gboolean ready(gpointer data) {
  (void)data;
  printf("READY\n");
  fflush(stdout);
  return G_SOURCE_REMOVE;
}

static void put(const char *folder, const char *name, const char *text) {
  char *path = g_build_filename(folder, name, NULL);
  if (!g_file_set_contents(path, text, -1, NULL)) exit(4);
  g_free(path);
}

int main(int count, char **words) {
  if (count < 4) return 2;
  GError *error = NULL;
  max_age = (guint)atoi(words[3]);
  GInetAddress *address = count > 4 ? g_inet_address_new_from_string(words[4]) : NULL;
  GUPnPContext *context = gupnp_context_new_full(words[1], address, 0, GSSDP_UDA_VERSION_1_1, &error);
  if (!context) return fprintf(stderr, "context: %s\n", error->message), 3;
  put(words[2], "light.xml", description);
  put(words[2], "switch-power.xml", scpd);
  GUPnPRootDevice *light = gupnp_root_device_new(context, "light.xml", words[2], &error);
  if (!light) return fprintf(stderr, "device: %s\n", error->message), 3;
  GUPnPServiceInfo *power = gupnp_device_info_get_service(GUPNP_DEVICE_INFO(light), NS "service:SwitchPower:1");
  g_signal_connect(power, "action-invoked::GetStatus", G_CALLBACK(get_status), NULL);
  gupnp_root_device_set_available(light, TRUE);

  GMainLoop *loop = g_main_loop_new(NULL, FALSE);
  g_unix_signal_add(SIGTERM, quit, loop);
  g_timeout_add(600, ready, NULL);
  g_main_loop_run(loop);

  /* Letting go of it sends its byebyes at once. Making it unavailable would queue them, and still send the answers
     to searches that wait for their moment: the device would be back after its byebye. */
  g_object_unref(power);
  g_object_unref(light);
  g_object_unref(context);
  return 0;
}
