/*
 * Reads an XML document as control points on pupnp (libupnp) do.
 *
 *   libupnp-read INTERFACE URL
 *
 * It prints "DOCUMENT" and the document as the library understood it, on one line; or says why it could not.
 */
#include <stdio.h>
#include <upnp/ixml.h>
#include <upnp/upnp.h>
#include <upnp/upnptools.h>

int main(int count, char **words) {
  if (count < 3) return 2;
  IXML_Document *document = NULL;
  int code = UpnpInit2(words[1], 0);
  if (!code) code = UpnpDownloadXmlDoc(words[2], &document);
  if (code) return fprintf(stderr, "%s\n", UpnpGetErrorMessage(code)), 3;
  DOMString text = ixmlNodetoString((IXML_Node *)document);
  printf("DOCUMENT ");
  for (char *at = text; *at; at++) putchar(*at == '\n' || *at == '\r' ? ' ' : *at);
  printf("\n");
  ixmlFreeDOMString(text);
  ixmlDocument_free(document);
  return 0;
}
