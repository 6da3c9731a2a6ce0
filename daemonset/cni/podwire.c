// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A chained CNI plugin, of CNI 0.3.0 to 1.1.0: before a pod's containers start it tells the agent
 * of this node which pod has which addresses, and waits until the agent has decided on them, so
 * that the pod's first connection joins. The network is made by the plugins before it, whose result
 * it prints as it got it.
 *
 * It does not fail a pod that it could start: where no agent answers, it says so on standard error
 * and goes on. In the configuration,
 *   socket         where the agent listens, /run/podwire/cni.sock unless it says otherwise
 *   timeoutMillis  how long to wait for its answer, 1 to 10000, else 3000
 */
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* More than a list of plugins and their results ever are. */
#define MAX_INPUT_BYTES	  (1 << 20)
#define MAX_DEPTH	  64
#define MAX_REQUEST_BYTES 8000
/* The slowest of 100 pods that started at once took 2.2 s. */
#define DEFAULT_TIMEOUT_MILLIS 3000
#define MAX_TIMEOUT_MILLIS     10000

/* What the CNI specification numbers. */
enum {
	INCOMPATIBLE = 1,
	INVALID_ENVIRONMENT = 4,
	NOT_READ = 5,
	NOT_DECODED = 6,
	INVALID_CONFIG = 7
};

/* What is printed where nothing says which version is in use. */
static char version[32] = "1.1.0";

/* Ends with the error that a runtime reports. The message has nothing that JSON would quote. */
static void fail(int code, const char *message)
{
	printf("{\"cniVersion\":\"%s\",\"code\":%d,\"msg\":\"podwire: %s\"}\n", version, code,
	       message);
	exit(1);
}

/* For the runtime's log: the pod starts all the same. */
static bool say(const char *format, ...)
{
	va_list values;

	va_start(values, format);
	fputs("podwire: ", stderr);
	vfprintf(stderr, format, values);
	fputs("\n", stderr);
	va_end(values);
	return false;
}

/* --- JSON: values are where they stand in the text, which ends with a 0 --------- */

static const char *skip_space(const char *at)
{
	return at + strspn(at, " \t\r\n");
}

/* What follows a string, or NULL where none begins there. */
static const char *skip_string(const char *at)
{
	if (*at++ != '"')
		return NULL;
	for (; *at != '"'; at++) {
		if (*at == '\\')
			at++;
		if ((unsigned char)*at < ' ')
			return NULL;
	}
	return at + 1;
}

static const char *skip_value(const char *at, int depth);

/* What follows the members or elements of a value that an opening bracket began. */
static const char *skip_all(const char *at, bool members, int depth)
{
	const char close = members ? '}' : ']';

	at = skip_space(at + 1);
	if (*at == close)
		return at + 1;
	for (;; at = skip_space(at + 1)) {
		if (members) {
			at = skip_string(at);
			if (!at)
				return NULL;
			at = skip_space(at);
			if (*at++ != ':')
				return NULL;
			at = skip_space(at);
		}
		at = skip_value(at, depth);
		if (!at)
			return NULL;
		at = skip_space(at);
		if (*at == close)
			return at + 1;
		if (*at != ',')
			return NULL;
	}
}

/* What follows a value, or NULL where none begins there. */
static const char *skip_value(const char *at, int depth)
{
	size_t length;

	if (depth == 0)
		return NULL;
	if (*at == '"')
		return skip_string(at);
	if (*at == '{' || *at == '[')
		return skip_all(at, *at == '{', depth - 1);
	length = strspn(at, "+-.0123456789aeflnrstuE"); /* a number, true, false, null */
	return length ? at + length : NULL;
}

/* The value of a member of an object whose text is well-formed, or NULL. Of several the last. */
static const char *member(const char *object, const char *name)
{
	const char *at, *found = NULL;
	size_t length = strlen(name);

	if (!object || *object != '{')
		return NULL;
	for (at = skip_space(object + 1); *at == '"'; at = skip_space(at + 1)) {
		bool is = !strncmp(at + 1, name, length) && at[1 + length] == '"';

		at = skip_space(skip_space(skip_string(at)) + 1);
		if (is)
			found = at;
		at = skip_space(skip_value(at, MAX_DEPTH));
		if (*at != ',')
			break;
	}
	return found;
}

/* Copies a string of these characters alone; false where the value is none, or too long. */
static bool copy_plain(const char *value, const char *characters, char *copy, size_t size)
{
	size_t length;

	if (!value || *value != '"')
		return false;
	length = strspn(value + 1, characters);
	if (value[1 + length] != '"' || length == 0 || length >= size)
		return false;
	memcpy(copy, value + 1, length);
	copy[length] = 0;
	return true;
}

/* --- the agent --------------------------------------------------------------------- */

static long long now_millis(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* A request; what does not fit is left out as a whole. */
struct request {
	char text[MAX_REQUEST_BYTES];
	size_t length;
};

static bool append(struct request *request, const char *name, const char *value, size_t length)
{
	size_t room = sizeof(request->text) - request->length;
	int added =
		snprintf(request->text + request->length, room, "%s%.*s", name, (int)length, value);

	if (added < 0 || (size_t)added >= room) {
		request->text[request->length] = 0;
		return false;
	}
	request->length += added;
	return true;
}

/* Appends the name that a text begins with; false where it is none as far as its end. */
static bool append_name(struct request *request, const char *name, const char *value)
{
	size_t length =
		strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._");

	return length && (value[length] == ';' || !value[length]) &&
	       append(request, name, value, length);
}

/* Appends what CNI_ARGS, "KEY=VALUE;KEY=VALUE", has of a key; false where that is no name. */
static bool append_argument(struct request *request, const char *name, const char *key)
{
	const char *at = getenv("CNI_ARGS");
	size_t length = strlen(key);

	for (; at && *at; at = strchr(at, ';') ? strchr(at, ';') + 1 : NULL) {
		if (!strncmp(at, key, length) && at[length] == '=')
			return append_name(request, name, at + length + 1);
	}
	return false;
}

/* Appends the addresses of a result, without their prefix lengths; how many there were. */
static int append_addresses(struct request *request, const char *result)
{
	const char *ips = member(result, "ips");
	int count = 0;

	if (!ips || *ips != '[')
		return 0;
	for (ips = skip_space(ips + 1); *ips == '{'; ips = skip_space(ips + 1)) {
		char address[64];

		if (copy_plain(member(ips, "address"), "0123456789abcdefABCDEF:./", address,
			       sizeof(address)))
			count += append(request, "&address=", address, strcspn(address, "/"));
		ips = skip_space(skip_value(ips, MAX_DEPTH));
		if (*ips != ',')
			break;
	}
	return count;
}

/* Where the agent listens, and when to wait for it no longer. */
struct agent {
	struct sockaddr_un address;
	long long deadline;
};

static struct agent configured(const char *config)
{
	struct agent agent = { .address.sun_family = AF_UNIX };
	const char *timeout = member(config, "timeoutMillis");
	char *end = NULL;
	long millis = timeout ? strtol(timeout, &end, 10) : DEFAULT_TIMEOUT_MILLIS;

	if (timeout &&
	    (end == timeout || strchr(".eE", *end) || millis < 1 || millis > MAX_TIMEOUT_MILLIS)) {
		say("timeoutMillis must be 1 to %d: waiting for %d", MAX_TIMEOUT_MILLIS,
		    DEFAULT_TIMEOUT_MILLIS);
		millis = DEFAULT_TIMEOUT_MILLIS;
	}
	agent.deadline = now_millis() + millis;
	strcpy(agent.address.sun_path, "/run/podwire/cni.sock");
	if (member(config, "socket") &&
	    !copy_plain(member(config, "socket"),
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-",
			agent.address.sun_path, sizeof(agent.address.sun_path)))
		say("socket must be a path of at most %zu letters, digits, dots, dashes, underscores and slashes: asking %s",
		    sizeof(agent.address.sun_path) - 1, agent.address.sun_path);
	return agent;
}

static bool ask(int agent, const struct agent *where, const struct request *request)
{
	/* For connect(), too: it waits for room in the listener's queue. */
	long long left = now_millis() < where->deadline ? where->deadline - now_millis() : 1;
	struct timeval patience = { .tv_sec = left / 1000, .tv_usec = left % 1000 * 1000 };
	struct pollfd answer = { .fd = agent, .events = POLLIN };
	char first[13] = "";
	const char *path = where->address.sun_path;

	setsockopt(agent, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	setsockopt(agent, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(agent, (const struct sockaddr *)&where->address, sizeof(where->address)))
		return say("no agent at %s: %s", path, strerror(errno));
	if (send(agent, request->text, request->length, MSG_NOSIGNAL) != (ssize_t)request->length)
		return say("the agent at %s does not read: %s", path, strerror(errno));
	do
		left = where->deadline - now_millis();
	while (left > 0 && poll(&answer, 1, left) < 0 && errno == EINTR);
	if (!answer.revents)
		return say("the agent at %s did not answer in time", path);
	if (recv(agent, first, sizeof(first) - 1, MSG_WAITALL) < (ssize_t)sizeof(first) - 1)
		return say("the agent at %s hung up", path);
	return !strcmp(first, "HTTP/1.1 200") || say("the agent at %s refused: %s", path, first);
}

/* Tells the agent, where this is a pod's and has an address. */
static void tell(const char *config, const char *result)
{
	static struct request request;
	struct agent where = configured(config);
	int agent;

	append(&request, "POST /pods?namespace=", "", 0);
	if (!append_argument(&request, "", "K8S_POD_NAMESPACE") ||
	    !append_argument(&request, "&name=", "K8S_POD_NAME")) {
		say("CNI_ARGS names no pod");
		return;
	}
	append_argument(&request, "&uid=", "K8S_POD_UID"); /* which older runtimes do not say */
	if (!append_name(&request, "&sandbox=", getenv("CNI_CONTAINERID") ?: "")) {
		say("CNI_CONTAINERID names no container");
		return;
	}
	if (append_addresses(&request, result) == 0) {
		say("prevResult has no address");
		return;
	}
	if (!append(&request, " HTTP/1.1\r\nHost: podwire\r\nContent-Length: 0\r\n\r\n", "", 0)) {
		say("prevResult has more addresses than fit into a request");
		return;
	}
	agent = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (agent < 0) {
		say("socket: %s", strerror(errno));
		return;
	}
	ask(agent, &where, &request);
	close(agent);
}

/* --- the commands ------------------------------------------------------------------ */

static const char *input(void)
{
	static char text[MAX_INPUT_BYTES + 1];
	size_t length = fread(text, 1, sizeof(text), stdin);

	if (length == sizeof(text) || ferror(stdin))
		fail(NOT_READ, "standard input cannot be read, or is longer than 1 MiB");
	text[length] = 0;
	return text;
}

static const char *configuration(void)
{
	const char *config = skip_space(input());
	const char *end = *config == '{' ? skip_value(config, MAX_DEPTH) : NULL;

	if (!end || *skip_space(end))
		fail(NOT_DECODED, "standard input is no JSON object");
	copy_plain(member(config, "cniVersion"), "0123456789.", version, sizeof(version));
	return config;
}

static void add(void)
{
	const char *config = configuration();
	const char *result = member(config, "prevResult"), *end;

	/* Results have lists since 0.3.0. Versions newer than this plugin are passed on, too. */
	if (!member(config, "cniVersion") || !strncmp(version, "0.1.", 4) ||
	    !strncmp(version, "0.2.", 4))
		fail(INCOMPATIBLE, "cniVersion must be 0.3.0 or newer");
	if (!result || *result != '{')
		fail(INVALID_CONFIG,
		     "no prevResult: it has to follow the plugin that makes the network in a list");
	tell(config, result);
	end = skip_value(result, MAX_DEPTH);
	if (!member(result, "cniVersion")) {
		const char *first = skip_space(result + 1);

		printf("{\"cniVersion\":\"%s\"%s", version, *first == '}' ? "" : ",");
		result++;
	}
	fwrite(result, 1, end - result, stdout);
	fputs("\n", stdout);
}

int main(void)
{
	const char *command = getenv("CNI_COMMAND");

	if (!command) {
		fputs("podwire: a chained CNI plugin: a container runtime starts it (CNI_COMMAND)\n",
		      stderr);
		return 1;
	}
	/* There is nothing to undo or to check: it makes nothing, and the agent forgets by itself.
	 */
	if (!strcmp(command, "VERSION")) {
		configuration();
		printf("{\"cniVersion\":\"%s\",\"supportedVersions\":[\"0.3.0\",\"0.3.1\",\"0.4.0\",\"1.0.0\",\"1.1.0\"]}\n",
		       version);
	} else if (!strcmp(command, "ADD")) {
		add();
	} else if (strcmp(command, "DEL") && strcmp(command, "CHECK") && strcmp(command, "GC") &&
		   strcmp(command, "STATUS")) {
		fail(INVALID_ENVIRONMENT,
		     "CNI_COMMAND must be ADD, CHECK, DEL, GC, STATUS or VERSION");
	}
	if (fflush(stdout) || ferror(stdout)) {
		say("standard output cannot be written: %s", strerror(errno));
		return 1;
	}
	return 0;
}
