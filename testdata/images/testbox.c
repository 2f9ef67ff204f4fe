/* The one program of the test images: linked statically, named like the tools it stands for. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;
static int run(int argc, char **argv);

static void on_term(int signal_number) {
    (void)signal_number;
    static const char text[] = "terminated\n";
    if (write(1, text, sizeof text - 1) < 0) _exit(1);
    _exit(0);
}

static void obey_term(void) { signal(SIGTERM, on_term); }

static void rest(double seconds) {
    struct timespec time = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    while (nanosleep(&time, &time) < 0 && errno == EINTR) {}
}

static int copy(int from, int to) {
    char buffer[4096];
    ssize_t count;
    while ((count = read(from, buffer, sizeof buffer)) > 0)
        if (write(to, buffer, (size_t)count) != count) return 1;
    return count < 0;
}

static int do_cat(int argc, char **argv) {
    if (argc < 2) return copy(0, 1);
    for (int i = 1; i < argc; i++) {
        int fd = open(argv[i], O_RDONLY);
        if (fd < 0) {
            fprintf(stderr, "cat: can't open '%s': %s\n", argv[i], strerror(errno));
            return 1;
        }
        copy(fd, 1);
        close(fd);
    }
    return 0;
}

static int do_echo(int argc, char **argv) {
    for (int i = 1; i < argc; i++) printf("%s%s", i > 1 ? " " : "", argv[i]);
    putchar('\n');
    return 0;
}

static int do_ls(int argc, char **argv) {
    DIR *folder = opendir(argc > 1 ? argv[1] : ".");
    if (!folder) {
        fprintf(stderr, "ls: %s: %s\n", argv[1], strerror(errno));
        return 1;
    }
    for (struct dirent *entry; (entry = readdir(folder));)
        if (entry->d_name[0] != '.') puts(entry->d_name);
    closedir(folder);
    return 0;
}

static int do_env(void) {
    for (char **variable = environ; *variable; variable++) puts(*variable);
    return 0;
}

static int do_id(void) {
    gid_t groups[64];
    int count = getgroups(64, groups);
    printf("uid=%d gid=%d groups=", (int)getuid(), (int)getgid());
    for (int i = 0; i < count; i++) printf("%s%d", i ? "," : "", (int)groups[i]);
    putchar('\n');
    return 0;
}

static int do_write(int argc, char **argv) {
    FILE *file = argc > 2 ? fopen(argv[1], "w") : NULL;
    if (!file) {
        fprintf(stderr, "write: %s: %s\n", argc > 1 ? argv[1] : "?", strerror(errno));
        return 1;
    }
    fprintf(file, "%s\n", argv[2]);
    return fclose(file) != 0;
}

static int do_touch(const char *path) {
    int fd = open(path, O_WRONLY | O_CREAT, 0644);
    if (fd < 0) {
        fprintf(stderr, "touch: %s: %s\n", path, strerror(errno));
        return 1;
    }
    return close(fd);
}

static int do_eat(long megabytes) {
    for (long i = 0; i < megabytes; i++) {
        char *block = malloc(1 << 20);
        if (!block) return 1;
        memset(block, 1, 1 << 20);
    }
    printf("ate %ld MiB\n", megabytes);
    fflush(stdout);
    obey_term();
    for (;;) pause();
}

static int do_print(long count, double pause_seconds) {
    for (long i = 1; i <= count; i++) {
        printf("line %ld\n", i);
        fflush(stdout);
        if (pause_seconds > 0) rest(pause_seconds);
    }
    fprintf(stderr, "printed %ld lines\n", count);
    return 0;
}

static int do_tty(void) {
    struct winsize size = {0};
    if (!isatty(0)) {
        puts("not a tty");
        return 1;
    }
    ioctl(0, TIOCGWINSZ, &size);
    printf("tty %d %d\n", size.ws_col, size.ws_row);
    return 0;
}

/* --- network --- */

static int is_address(const char *name, struct in_addr *address) { return inet_pton(AF_INET, name, address) == 1; }

/* One A query to one server; 0 on success. */
static int ask(const char *server, const char *name, struct in_addr *address) {
    unsigned char packet[512] = {0x12, 0x34, 1, 0, 0, 1};
    size_t length = 12;
    for (const char *part = name; *part;) {
        size_t size = strcspn(part, ".");
        if (size == 0 || size > 63 || length + size > 400) return -1;
        packet[length++] = (unsigned char)size;
        memcpy(packet + length, part, size);
        length += size;
        part += size;
        if (*part == '.') part++;
    }
    memcpy(packet + length, "\0\0\1\0\1", 5);
    length += 5;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct timeval limit = {2, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(53)};
    inet_pton(AF_INET, server, &to.sin_addr);
    ssize_t count = -1;
    for (int attempt = 0; attempt < 2 && count < 12; attempt++) {
        if (sendto(fd, packet, length, 0, (struct sockaddr *)&to, sizeof to) < 0) break;
        count = recv(fd, packet, sizeof packet, 0);
    }
    close(fd);
    if (count < (ssize_t)length || (packet[3] & 15) != 0) return -1;
    int answers = packet[6] << 8 | packet[7];
    size_t at = length;
    for (int i = 0; i < answers && at + 12 <= (size_t)count; i++) {
        if ((packet[at] & 0xc0) == 0xc0) at += 2;
        else {
            while (at < (size_t)count && packet[at]) at += packet[at] + 1u;
            at++;
        }
        if (at + 10 > (size_t)count) return -1;
        int type = packet[at] << 8 | packet[at + 1], size = packet[at + 8] << 8 | packet[at + 9];
        at += 10;
        if (type == 1 && size == 4 && at + 4 <= (size_t)count) {
            memcpy(address, packet + at, 4);
            return 0;
        }
        at += (size_t)size;
    }
    return -1;
}

static int in_hosts(const char *name, struct in_addr *address) {
    char line[512];
    FILE *file = fopen("/etc/hosts", "r");
    int found = -1;
    while (file && found && fgets(line, sizeof line, file)) {
        line[strcspn(line, "#\n")] = 0;
        char *word = strtok(line, " \t"), *first = word;
        while ((word = strtok(NULL, " \t")))
            if (!strcmp(word, name) && first && is_address(first, address)) found = 0;
    }
    if (file) fclose(file);
    return found;
}

static int resolve(const char *name, struct in_addr *address) {
    char line[1024], servers[3][64], search[8][256];
    int server_count = 0, search_count = 0, ndots = 1;
    if (is_address(name, address)) return 0;
    if (in_hosts(name, address) == 0) return 0;
    FILE *file = fopen("/etc/resolv.conf", "r");
    while (file && fgets(line, sizeof line, file)) {
        char *word = strtok(line, " \t\n");
        if (!word) continue;
        if (!strcmp(word, "nameserver") && server_count < 3 && (word = strtok(NULL, " \t\n")))
            snprintf(servers[server_count++], 64, "%s", word);
        else if (!strcmp(word, "search"))
            while (search_count < 8 && (word = strtok(NULL, " \t\n"))) snprintf(search[search_count++], 256, "%s", word);
        else if (!strcmp(word, "options"))
            while ((word = strtok(NULL, " \t\n"))) sscanf(word, "ndots:%d", &ndots);
    }
    if (file) fclose(file);
    int dots = 0;
    for (const char *c = name; *c; c++) dots += *c == '.';
    for (int server = 0; server < server_count; server++) {
        if (dots >= ndots && ask(servers[server], name, address) == 0) return 0;
        for (int i = 0; i < search_count; i++) {
            char full[4096];
            snprintf(full, sizeof full, "%s.%s", name, search[i]);
            if (ask(servers[server], full, address) == 0) return 0;
        }
        if (ask(servers[server], name, address) == 0) return 0;
    }
    return -1;
}

static int do_nslookup(const char *name) {
    struct in_addr address;
    if (resolve(name, &address) < 0) {
        fprintf(stderr, "nslookup: can't resolve '%s'\n", name);
        return 1;
    }
    printf("%s %s\n", name, inet_ntoa(address));
    return 0;
}

/* get URL: prints the body; fails on connection errors and statuses of 400 and above */
static int do_get(const char *url) {
    char host[256], request[1024], status[64] = "";
    const char *rest_of = strncmp(url, "http://", 7) ? url : url + 7;
    size_t size = strcspn(rest_of, "/:");
    snprintf(host, sizeof host, "%.*s", (int)size, rest_of);
    int port = rest_of[size] == ':' ? atoi(rest_of + size + 1) : 80;
    const char *path = strchr(rest_of, '/');
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    if (resolve(host, &to.sin_addr) < 0) {
        fprintf(stderr, "get: could not resolve host: %s\n", host);
        return 6;
    }
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct timeval limit = {5, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0) {
        fprintf(stderr, "get: connect to %s:%d: %s\n", host, port, strerror(errno));
        return 7;
    }
    int length = snprintf(request, sizeof request, "GET %s HTTP/1.0\r\nHost: %s\r\nConnection: close\r\n\r\n", path ? path : "/", host);
    if (write(fd, request, (size_t)length) != length) return 1;
    FILE *answer = fdopen(fd, "r");
    char line[1024];
    if (!fgets(status, sizeof status, answer)) {
        fprintf(stderr, "get: no answer\n");
        return 52;
    }
    while (fgets(line, sizeof line, answer) && strcmp(line, "\r\n")) {}
    size_t count;
    while ((count = fread(line, 1, sizeof line, answer)) > 0) fwrite(line, 1, count, stdout);
    int code = 0;
    sscanf(status, "HTTP/%*s %d", &code);
    return code >= 400 || code == 0 ? 22 : 0;
}

static void answer_one(int client) {
    char request[2048] = "", path[256] = "/", body[8192];
    ssize_t count = read(client, request, sizeof request - 1);
    if (count <= 0) return;
    sscanf(request, "%*s %255s", path);
    const char *status = "200 OK";
    int length = 0;
    if (!strncmp(path, "/healthz", 8)) {
        if (access("/tmp/unhealthy", F_OK) == 0) status = "503 Service Unavailable";
        length = snprintf(body, sizeof body, "ok\n");
    } else if (!strncmp(path, "/env", 4)) {
        for (char **variable = environ; *variable && length < 8000; variable++)
            length += snprintf(body + length, sizeof body - (size_t)length, "%s\n", *variable);
    } else if (!strncmp(path, "/exit/", 6)) {
        dprintf(client, "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n");
        close(client);
        exit(atoi(path + 6));
    } else if (!strncmp(path, "/file/", 6)) {
        int fd = open(path + 5, O_RDONLY);
        if (fd < 0) status = "404 Not Found";
        else if ((count = read(fd, body, sizeof body)) > 0) length = (int)count;
        if (fd >= 0) close(fd);
    } else {
        char host[256] = "";
        gethostname(host, sizeof host);
        length = snprintf(body, sizeof body, "hello from %s\n", host);
    }
    if (length > (int)sizeof body) length = sizeof body;
    dprintf(client, "HTTP/1.0 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n", status, length);
    if (write(client, body, (size_t)length) < 0) return;
}

/* serve PORT: "/" the host name, /env the environment, /healthz, /exit/CODE, /file/PATH */
static int do_serve(int port) {
    obey_term();
    signal(SIGPIPE, SIG_IGN);
    int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 64) < 0) {
        fprintf(stderr, "serve: port %d: %s\n", port, strerror(errno));
        return 1;
    }
    printf("serving on %d\n", port);
    fflush(stdout);
    for (;;) {
        int client = accept(fd, NULL, NULL);
        if (client < 0) continue;
        struct timeval limit = {5, 0};
        setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        answer_one(client);
        close(client);
    }
}

/* --- a shell of a few words: commands joined by ; && ||, $NAME, > FILE, no quotes inside quotes --- */

static int run_line(char *text) {
    char *argv[64], expanded[4096];
    size_t used = 0;
    int argc = 0;
    const char *target = NULL;
    for (char *at = text; *at && argc < 63;) {
        while (isspace((unsigned char)*at)) at++;
        if (!*at) break;
        char *word = expanded + used, quote = 0;
        while (*at && (quote || !isspace((unsigned char)*at)) && used < sizeof expanded - 300) {
            if (quote ? *at == quote : *at == '"' || *at == '\'') {
                quote = quote ? 0 : *at;
                at++;
            } else if (*at == '$' && quote != '\'') {
                char name[128];
                size_t size = 0;
                int brace = at[1] == '{';
                at += 1 + brace;
                while ((isalnum((unsigned char)*at) || *at == '_') && size < 127) name[size++] = *at++;
                name[size] = 0;
                if (brace && *at == '}') at++;
                const char *value = getenv(name);
                used += (size_t)snprintf(expanded + used, 256, "%s", value ? value : "");
            } else
                expanded[used++] = *at++;
        }
        expanded[used++] = 0;
        if (!strcmp(word, ">")) target = "";
        else if (target && !*target) target = word;
        else argv[argc++] = word;
    }
    argv[argc] = NULL;
    if (argc == 0) return 0;
    int saved = -1;
    if (target && *target) {
        fflush(stdout);
        saved = dup(1);
        int fd = open(target, O_WRONLY | O_CREAT | O_TRUNC, 0644);
        if (fd < 0) {
            fprintf(stderr, "sh: can't create %s: %s\n", target, strerror(errno));
            return 1;
        }
        dup2(fd, 1);
        close(fd);
    }
    int code = run(argc, argv);
    fflush(stdout);
    if (saved >= 0) {
        dup2(saved, 1);
        close(saved);
    }
    return code;
}

static int run_script(char *script) {
    int code = 0;
    int wanted = 1;
    while (script && *script) {
        size_t size = 0;
        char quote = 0;
        for (; script[size]; size++) {
            if (quote) quote = script[size] == quote ? 0 : quote;
            else if (script[size] == '"' || script[size] == '\'') quote = script[size];
            else if (strchr(";\n", script[size]) || !strncmp(script + size, "&&", 2) || !strncmp(script + size, "||", 2)) break;
        }
        char joint = script[size], *next = script[size] ? script + size + (joint == '&' || joint == '|' ? 2 : 1) : NULL;
        script[size] = 0;
        if (wanted) code = run_line(script);
        wanted = joint == '&' ? code == 0 : joint == '|' ? code != 0 : 1;
        script = next;
    }
    return code;
}

static int do_shell(int argc, char **argv) {
    if (argc > 2 && !strcmp(argv[1], "-c")) {
        char *script = strdup(argv[2]);
        return run_script(script);
    }
    char line[1024];
    if (isatty(0)) {
        printf("# ");
        fflush(stdout);
    }
    int code = 0;
    while (fgets(line, sizeof line, stdin)) {
        if (!strncmp(line, "exit", 4)) return atoi(line + 4);
        code = run_script(line);
        if (isatty(0)) printf("# ");
        fflush(stdout);
    }
    return code;
}

static int run(int argc, char **argv) {
    const char *slash = strrchr(argv[0], '/'), *name = slash ? slash + 1 : argv[0];
    const char *first = argc > 1 ? argv[1] : "";
    if (!strcmp(name, "testbox")) return argc > 1 ? run(argc - 1, argv + 1) : 0;
    if (!strcmp(name, "sh")) return do_shell(argc, argv);
    if (!strcmp(name, "serve")) return do_serve(argc > 1 ? atoi(first) : 8080);
    if (!strcmp(name, "get") || !strcmp(name, "wget") || !strcmp(name, "curl")) return do_get(argv[argc - 1]);
    if (!strcmp(name, "nslookup")) return do_nslookup(first);
    if (!strcmp(name, "cat")) return do_cat(argc, argv);
    if (!strcmp(name, "echo")) return do_echo(argc, argv);
    if (!strcmp(name, "ls")) return do_ls(argc, argv);
    if (!strcmp(name, "env")) return do_env();
    if (!strcmp(name, "id")) return do_id();
    if (!strcmp(name, "pwd")) return puts(getcwd(malloc(4096), 4096)) < 0;
    if (!strcmp(name, "hostname")) {
        char host[256] = "";
        gethostname(host, sizeof host);
        return puts(host) < 0;
    }
    if (!strcmp(name, "write")) return do_write(argc, argv);
    if (!strcmp(name, "touch")) return do_touch(first);
    if (!strcmp(name, "rm")) return unlink(argv[argc - 1]) < 0;
    if (!strcmp(name, "test")) return access(argv[argc - 1], F_OK) < 0;
    if (!strcmp(name, "mkdir")) return mkdir(first, 0755) < 0;
    if (!strcmp(name, "unshare")) return unshare(CLONE_NEWUSER) < 0 ? (perror("unshare"), 1) : 0;
    if (!strcmp(name, "eat")) return do_eat(atol(first));
    if (!strcmp(name, "print")) return do_print(atol(first), argc > 2 ? atof(argv[2]) : 0);
    if (!strcmp(name, "tty")) return do_tty();
    if (!strcmp(name, "true") || !strcmp(name, ":")) return 0;
    if (!strcmp(name, "false")) return 1;
    if (!strcmp(name, "exit")) {
        fflush(stdout);
        exit(atoi(first));
    }
    if (!strcmp(name, "sleep")) {
        obey_term();
        if (argc < 2) for (;;) pause();
        rest(atof(first));
        return 0;
    }
    if (!strcmp(name, "stubborn")) {
        signal(SIGTERM, SIG_IGN);
        puts("stubborn");
        fflush(stdout);
        for (;;) pause();
    }
    fprintf(stderr, "sh: %s: not found\n", name);
    return 127;
}

int main(int argc, char **argv) {
    int code = run(argc, argv);
    fflush(stdout);
    return code;
}
