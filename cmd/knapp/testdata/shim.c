/* A witness between SQLite and libc, preloaded into the built gateway by its tests.
 *
 * It appends every call that changes the database's files to a log, with the data and a time of CLOCK_MONOTONIC, in
 * the order in which the calls took effect: each record goes out by one write, so that a process that is killed
 * leaves a whole log behind. A page of memory that the test shares makes syncs slow or the disk full.
 *
 *   KNAPP_SHIM_DIR      the data folder; other files are none of its business
 *   KNAPP_SHIM_LOG      where to append; unset for no log
 *   KNAPP_SHIM_CONTROL  the shared page; unset for none
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum kind { OPENED = 1, WRITTEN, CUT, SYNC_BEGUN, SYNC_ENDED, UNLINKED };

struct head { /* host byte order, 32 octets */
	uint64_t at;     /* nanoseconds of CLOCK_MONOTONIC */
	int64_t offset;  /* of WRITTEN; the size of CUT */
	uint32_t kind;
	uint32_t file;
	uint32_t length; /* of the data that follows */
	int32_t flags;   /* of OPENED: 1 if the call made the file */
};

struct control {
	volatile uint32_t sync_ms; /* how long each sync takes */
	volatile uint32_t full;    /* 1: no file may grow */
};

enum { MOST = 4096, FILES = 4 };
/* The files by number; 0 is the folder itself. What is not here is not recorded: -shm holds nothing that lasts. */
static const char *const suffix[FILES] = {"", "/knapp.db", "/knapp.db-wal", "/knapp.db-journal"};

static int (*real_open)(const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off64_t);
static int (*real_truncate)(int, off64_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_unlink)(const char *);

static const char *dir;
static int log_fd = -1;
static struct control *control;
static unsigned char known[MOST]; /* by descriptor: the file's number + 1 */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void)
{
	real_open = dlsym(RTLD_NEXT, "open64");
	real_close = dlsym(RTLD_NEXT, "close");
	real_write = dlsym(RTLD_NEXT, "write");
	real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
	real_truncate = dlsym(RTLD_NEXT, "ftruncate64");
	real_fsync = dlsym(RTLD_NEXT, "fsync");
	real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
	real_unlink = dlsym(RTLD_NEXT, "unlink");
	dir = getenv("KNAPP_SHIM_DIR");
	const char *name = getenv("KNAPP_SHIM_LOG");
	if (name)
		log_fd = real_open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	name = getenv("KNAPP_SHIM_CONTROL");
	int fd = name ? real_open(name, O_RDWR | O_CLOEXEC) : -1;
	if (fd >= 0) {
		void *page = mmap(0, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		control = page == MAP_FAILED ? 0 : page;
		real_close(fd);
	}
}

static int number(const char *path)
{
	size_t n = dir ? strlen(dir) : 0;
	if (n == 0 || strncmp(path, dir, n) != 0)
		return -1;
	for (int i = 0; i < FILES; i++)
		if (strcmp(path + n, suffix[i]) == 0)
			return i;
	return -1;
}

static int file_of(int fd) { return fd >= 0 && fd < MOST ? known[fd] - 1 : -1; }

/* append writes a record; the caller has the turn, so that the log's order and its times are the calls'. */
static void append(enum kind kind, int file, int64_t offset, const void *data, size_t length, int flags)
{
	if (log_fd < 0)
		return;
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	struct head h = {(uint64_t)now.tv_sec * 1000000000u + now.tv_nsec, offset, kind, file, length, flags};
	struct iovec parts[2] = {{&h, sizeof h}, {(void *)data, length}};
	int saved = errno;
	if (writev(log_fd, parts, length ? 2 : 1) != (ssize_t)(sizeof h + length))
		abort(); /* a recording with a hole is worth nothing */
	errno = saved;
}

static int opened(const char *path, int flags, mode_t mode)
{
	int file = number(path);
	if (file < 0)
		return real_open(path, flags, mode);
	pthread_mutex_lock(&turn);
	struct stat st;
	int made = (flags & O_CREAT) && stat(path, &st) != 0;
	int fd = real_open(path, flags, mode);
	if (fd >= 0 && fd < MOST) {
		known[fd] = file + 1;
		append(OPENED, file, 0, 0, 0, made);
	}
	pthread_mutex_unlock(&turn);
	return fd;
}

#define MODE(flags, mode) \
	mode_t mode = 0; \
	if ((flags) & (O_CREAT | O_TMPFILE)) { \
		va_list more; \
		va_start(more, flags); \
		mode = va_arg(more, int); \
		va_end(more); \
	}

int open(const char *path, int flags, ...)
{
	MODE(flags, mode)
	return opened(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	MODE(flags, mode)
	return opened(path, flags, mode);
}

int close(int fd)
{
	if (fd >= 0 && fd < MOST)
		known[fd] = 0;
	return real_close(fd);
}

/* grows tells whether a write would need more room than the file has; the disk is then full. */
static int grows(int fd, off64_t end)
{
	struct stat64 st;
	return control && control->full && fstat64(fd, &st) == 0 && end > st.st_size;
}

static ssize_t written(int fd, const void *data, size_t length, off64_t offset)
{
	int file = file_of(fd);
	if (file < 0)
		return real_pwrite(fd, data, length, offset);
	ssize_t n = -1;
	pthread_mutex_lock(&turn);
	if (grows(fd, offset + (off64_t)length))
		errno = ENOSPC;
	else if ((n = real_pwrite(fd, data, length, offset)) > 0)
		append(WRITTEN, file, offset, data, n, 0);
	pthread_mutex_unlock(&turn);
	return n;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return written(fd, data, length, offset); }

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) { return written(fd, data, length, offset); }

ssize_t write(int fd, const void *data, size_t length)
{
	if (file_of(fd) < 0)
		return real_write(fd, data, length);
	off64_t offset = lseek64(fd, 0, SEEK_CUR);
	ssize_t n = written(fd, data, length, offset);
	if (n > 0)
		lseek64(fd, offset + n, SEEK_SET);
	return n;
}

static int truncated(int fd, off64_t size)
{
	int file = file_of(fd);
	if (file < 0)
		return real_truncate(fd, size);
	int rc = -1;
	pthread_mutex_lock(&turn);
	if (grows(fd, size))
		errno = ENOSPC;
	else if ((rc = real_truncate(fd, size)) == 0)
		append(CUT, file, size, 0, 0, 0);
	pthread_mutex_unlock(&turn);
	return rc;
}

int ftruncate(int fd, off_t size) { return truncated(fd, size); }

int ftruncate64(int fd, off64_t size) { return truncated(fd, size); }

/* A sync covers what was written before it began. It is not done under the turn: others write meanwhile. */
static int synced(int fd, int (*sync)(int))
{
	int file = file_of(fd);
	if (file < 0)
		return sync(fd);
	pthread_mutex_lock(&turn);
	append(SYNC_BEGUN, file, 0, 0, 0, 0);
	pthread_mutex_unlock(&turn);
	if (control && control->sync_ms) {
		struct timespec left = {control->sync_ms / 1000, control->sync_ms % 1000 * 1000000L};
		while (nanosleep(&left, &left) != 0 && errno == EINTR)
			;
	}
	int rc = sync(fd);
	pthread_mutex_lock(&turn);
	if (rc == 0)
		append(SYNC_ENDED, file, 0, 0, 0, 0);
	pthread_mutex_unlock(&turn);
	return rc;
}

int fsync(int fd) { return synced(fd, real_fsync); }

int fdatasync(int fd) { return synced(fd, real_fdatasync); }

int unlink(const char *path)
{
	int file = number(path);
	if (file < 0)
		return real_unlink(path);
	pthread_mutex_lock(&turn);
	int rc = real_unlink(path);
	if (rc == 0)
		append(UNLINKED, file, 0, 0, 0, 0);
	pthread_mutex_unlock(&turn);
	return rc;
}
