/* Connects and resets again, for ever, 32 at a time; a line on stdin is answered with how many so far. What a TCP check costs at the least. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static int epoll, port, hosts, next_host;
static long done, failed;

static void dial(void) {
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	to.sin_addr.s_addr = htonl((127u << 24) + 1 + (unsigned)(next_host++ % hosts));
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) { perror("socket"); exit(1); }
	if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS) failed++;
	struct epoll_event want = {.events = EPOLLOUT, .data.fd = fd};
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &want);
}

int main(int argc, char **argv) {
	if (argc < 3) return 2;
	port = atoi(argv[1]);
	hosts = atoi(argv[2]);
	epoll = epoll_create1(0);
	struct epoll_event in = {.events = EPOLLIN, .data.fd = 0};
	epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &in);
	int on = 0, out = 0;
	for (;;) {
		struct epoll_event seen[64];
		int n = epoll_wait(epoll, seen, 64, -1);
		for (int i = 0; i < n; i++) {
			int fd = seen[i].data.fd;
			if (fd == 0) {
				char line[64];
				ssize_t length = read(0, line, sizeof line - 1);
				if (length <= 0) return 0;
				line[length] = 0;
				if (strstr(line, "go")) for (on = 1; out < 32; out++) dial();
				if (strstr(line, "halt")) on = 0;
				printf("{\"done\":%ld,\"failed\":%ld}\n", done, failed);
				fflush(stdout);
				continue;
			}
			int error = 0;
			socklen_t size = sizeof error;
			getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
			if (error) failed++; else done++;
			struct linger reset = {1, 0};
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
			close(fd);
			if (on) dial(); else out--;
		}
	}
}
