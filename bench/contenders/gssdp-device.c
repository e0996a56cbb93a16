/* Answers searches through GSSDP 1.6: gssdp-device INTERFACE TYPE LOCATION. It prints READY, and runs until it is killed. */
#include <libgssdp/gssdp.h>
#include <stdio.h>

int main(int count, char **words) {
  if (count < 4) return 2;
  GError *error = NULL;
  GSSDPClient *client = gssdp_client_new_full(words[1], NULL, 0, GSSDP_UDA_VERSION_1_1, &error);
  if (!client) return fprintf(stderr, "%s\n", error->message), 3;
  GSSDPResourceGroup *group = gssdp_resource_group_new(client);
  char *usn = g_strdup_printf("uuid:67737364-0000-4000-8000-000000000001::%s", words[2]);
  gssdp_resource_group_add_resource_simple(group, words[2], usn, words[3]);
  gssdp_resource_group_set_available(group, TRUE);
  printf("READY\n");
  fflush(stdout);
  g_main_loop_run(g_main_loop_new(NULL, FALSE));
  return 0;
}
