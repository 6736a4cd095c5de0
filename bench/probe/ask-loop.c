/* Asks MANY endpoints once per PERIOD ms, each over a kept connection, phases spread; what such a loop costs at the least, and
 * what it takes an answer to have taken. A line on stdin is answered with a line of JSON, as client.js does. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct slot { int fd, host; double due, sent; int length; char bytes[120]; };
struct sample { int host; double took; };
static struct slot *slots;
static struct sample *samples;
static double *late;
static long done, failed, asked, kept, room;
static int epoll, port, hosts, many, keep;

static double now_ms(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void dial(struct slot *s) {
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	to.sin_addr.s_addr = htonl((127u << 24) + 1 + s->host);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->fd < 0 || connect(s->fd, (struct sockaddr *)&to, sizeof to) < 0) { perror("connect"); exit(1); }
	fcntl(s->fd, F_SETFL, O_NONBLOCK);
	struct epoll_event want = {.events = EPOLLIN, .data.ptr = s};
	epoll_ctl(epoll, EPOLL_CTL_ADD, s->fd, &want);
}

static int by_value(const void *a, const void *b) {
	double d = *(const double *)a - *(const double *)b;
	return d < 0 ? -1 : d > 0;
}
static double quantile(double *values, long n, double q) {
	if (n == 0) return 0;
	qsort(values, n, sizeof *values, by_value);
	return values[(long)(q * (n - 1))];
}

static void tell(void) {
	double *took = malloc((kept + 1) * sizeof *took);
	for (long i = 0; i < kept; i++) took[i] = samples[i].took;
	printf("{\"done\":%ld,\"failed\":%ld,\"why\":\"\"", done, failed);
	printf(",\"lateMs\":[%f,%f]", quantile(late, asked, 0.5), quantile(late, asked, 0.99));
	printf(",\"tookMs\":[%f,%f]", quantile(took, kept, 0.5), quantile(took, kept, 0.99));
	if (keep) {
		printf(",\"samples\":[");
		for (long i = 0; i < kept; i++) printf("%s[\"127.0.0.%d\",%f,0]", i ? "," : "", samples[i].host + 1, samples[i].took);
		printf("]");
	}
	printf("}\n");
	fflush(stdout);
	free(took);
	kept = asked = 0;
}

int main(int argc, char **argv) {
	if (argc < 6) return 2;
	port = atoi(argv[1]);
	hosts = atoi(argv[2]);
	many = atoi(argv[3]);
	double period = atof(argv[4]);
	keep = atoi(argv[5]);
	epoll = epoll_create1(0);
	struct epoll_event in = {.events = EPOLLIN, .data.ptr = NULL};
	epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &in);
	slots = calloc(many, sizeof *slots);
	room = 64 * 1000000 / sizeof *samples;
	samples = malloc(room * sizeof *samples);
	late = malloc(room * sizeof *late);
	int on = 0, first = 0;
	char buffer[65536];
	struct epoll_event seen[1024];
	for (;;) {
		int wait = -1;
		if (on) {
			double left = slots[first].due - now_ms();
			wait = left <= 0 ? 0 : (int)left + 1;
		}
		int n = epoll_wait(epoll, seen, 1024, wait);
		for (int i = 0; i < n; i++) {
			struct slot *s = seen[i].data.ptr;
			if (!s) {
				int got = read(0, buffer, sizeof buffer);
				if (got <= 0) return 0;
				buffer[got < (int)sizeof buffer ? got : (int)sizeof buffer - 1] = 0;
				if (strstr(buffer, "go") && !on) {
					double base;
					for (int k = 0; k < many; k++) {
						struct slot *each = &slots[k];
						each->host = k % hosts;
						each->length = snprintf(each->bytes, sizeof each->bytes, "GET /%d HTTP/1.1\r\nhost: 127.0.0.%d:%d\r\nuser-agent: bare\r\naccept: */*\r\n\r\n", k, each->host + 1, port);
						dial(each);
					}
					base = now_ms() + 10;
					for (int k = 0; k < many; k++) slots[k].due = base + k * period / many;
					on = 1;
				}
				tell();
				continue;
			}
			ssize_t got = read(s->fd, buffer, sizeof buffer);
			double now = now_ms();
			if (got < 12 || buffer[9] != '2') {
				if (got < 0 && errno == EAGAIN) continue;
				failed++;
				if (got <= 0) { close(s->fd); dial(s); }
				continue;
			}
			done++;
			if (kept < room) samples[kept++] = (struct sample){s->host, now - s->sent};
		}
		if (!on) continue;
		for (double now = now_ms(); slots[first].due <= now; now = now_ms()) {
			struct slot *s = &slots[first];
			if (asked < room) late[asked++] = now - s->due;
			s->sent = now;
			s->due += period;
			if (write(s->fd, s->bytes, s->length) != s->length) failed++;
			first = (first + 1) % many;
		}
	}
}
