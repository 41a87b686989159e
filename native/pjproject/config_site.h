/* How the house builds pjproject: limits, and what a hostile message may make it do.
 * Everything that includes a pj header must see these same values (they change struct layouts). */

/* Room: one process carries 1024 calls; a call takes two bridge slots, and two sockets and a few transports. */
#define PJSUA_MAX_CALLS                 1024
#define PJSUA_MAX_CONF_PORTS            2100
#define PJSUA_MAX_ACC                   64
#define PJ_IOQUEUE_MAX_HANDLES          4200
#define PJSIP_MAX_TSX_COUNT             8191
#define PJSIP_MAX_DIALOG_COUNT          4095
#define PJSIP_UDP_SO_RCVBUF_SIZE        (1024 * 1024)
#define PJSIP_UDP_SO_SNDBUF_SIZE        (1024 * 1024)
#define PJSIP_MAX_PKT_LEN               16000

/* A SIP request over UDP stays on UDP: trunks that speak UDP only are common, RFC 3261 18.1.1 notwithstanding. */
#define PJSIP_DONT_SWITCH_TO_TCP        1

/* Keys (RFC 4733): 101 is what most trunks and telephones use, whatever was agreed on. */
#define PJMEDIA_RTP_PT_TELEPHONE_EVENTS 101

/* Sound: no device, no picture, one rate conversion (Speex), comfort noise off. */
#define PJMEDIA_AUDIO_DEV_HAS_NULL_AUDIO 1
#define PJMEDIA_HAS_VIDEO               0
#define PJ_HAS_IPV6                     1
#define PJ_LOG_MAX_LEVEL                4

/* Faults found after 2.17 that this configuration meets (patches/ and the guard, native/guard.pyx, meet the rest):
 * CVE-2026-57162: the SDES answer keeps at most 64 a=crypto tags on the stack; SDP may not carry more attributes. */
#define PJMEDIA_MAX_SDP_ATTR            60
/* CVE-2026-57159 needs the remote payload type map. */
#define PJMEDIA_SDP_NEG_MAINTAIN_REMOTE_PT_MAP 0
