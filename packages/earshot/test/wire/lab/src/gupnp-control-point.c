/*
 * A control point on GUPnP 1.6 that reads what devices say of themselves.
 *
 *   gupnp-control-point INTERFACE TARGET
 *
 * It prints "READY", then, of each root device whose description it could read, and of those embedded in it,
 *   DEVICE UDN TYPE NAME
 *   SERVICE UDN TYPE VARIABLES       the number of variables of its service description; "failed" and why
 * and "GONE UDN" when a root device has said goodbye.
 */
#include <libgupnp/gupnp.h>
#include <stdio.h>

static void tell_service(GObject *source, GAsyncResult *result, gpointer data) {
  (void)data;
  GError *error = NULL;
  GUPnPServiceInfo *service = GUPNP_SERVICE_INFO(source);
  GUPnPServiceIntrospection *found = gupnp_service_info_introspect_finish(service, result, &error);
  printf("SERVICE %s %s ", gupnp_service_info_get_udn(service), gupnp_service_info_get_service_type(service));
  if (found) printf("%u\n", g_list_length((GList *)gupnp_service_introspection_list_state_variables(found)));
  else printf("failed: %s\n", error->message);
  fflush(stdout);
  g_clear_object(&found);
  g_clear_error(&error);
}

static void tell_device(GUPnPDeviceInfo *device) {
  char *name = gupnp_device_info_get_friendly_name(device);
  printf("DEVICE %s %s %s\n", gupnp_device_info_get_udn(device), gupnp_device_info_get_device_type(device), name);
  fflush(stdout);
  g_free(name);
  GList *services = gupnp_device_info_list_services(device);
  for (GList *each = services; each; each = each->next)
    gupnp_service_info_introspect_async(each->data, NULL, tell_service, NULL);
  g_list_free_full(services, g_object_unref);
  GList *devices = gupnp_device_info_list_devices(device);
  for (GList *each = devices; each; each = each->next) tell_device(each->data);
  g_list_free_full(devices, g_object_unref);
}

static void available(GUPnPControlPoint *point, GUPnPDeviceProxy *proxy, gpointer data) {
  (void)point, (void)data;
  tell_device(GUPNP_DEVICE_INFO(proxy));
}

static void unavailable(GUPnPControlPoint *point, GUPnPDeviceProxy *proxy, gpointer data) {
  (void)point, (void)data;
  printf("GONE %s\n", gupnp_device_info_get_udn(GUPNP_DEVICE_INFO(proxy)));
  fflush(stdout);
}

int main(int count, char **words) {
  if (count < 3) return 2;
  GError *error = NULL;
  GUPnPContext *context = gupnp_context_new_full(words[1], NULL, 0, GSSDP_UDA_VERSION_1_1, &error);
  if (!context) return fprintf(stderr, "context: %s\n", error->message), 3;
  GUPnPControlPoint *point = gupnp_control_point_new(context, words[2]);
  g_signal_connect(point, "device-proxy-available", G_CALLBACK(available), NULL);
  g_signal_connect(point, "device-proxy-unavailable", G_CALLBACK(unavailable), NULL);
  gssdp_resource_browser_set_active(GSSDP_RESOURCE_BROWSER(point), TRUE);
  printf("READY\n");
  fflush(stdout);
  g_main_loop_run(g_main_loop_new(NULL, FALSE));
  return 0;
}
