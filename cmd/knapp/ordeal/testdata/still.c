/* Makes a Go program with one processor do the same thing every time. Preloaded into the simulation by still_test.go.
 *
 * With GOMAXPROCS=1, no collector and no signals that preempt, four things are left by which one run differs from another:
 *
 *   - the runtime's watchman (sysmon), a thread that takes the processor away from a goroutine which has been in C, or has run,
 *     for too long by the clock on the wall. It is the first thread that the runtime makes: it is not made.
 *   - the runtime's chance, by which a select chooses among what is ready and a map begins to count: the kernel's sixteen
 *     octets (AT_RANDOM) are its seed, and are made from KNAPP_STILL.
 *   - threads that wait for each other's locks while the runtime begins, for then it draws by chance who goes on: the whole
 *     process stays on one processor.
 *   - where things lie in memory: the program is begun again without address space randomization, where that is allowed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/personality.h>
#include <unistd.h>

/* SplitMix64 */
static uint64_t mix(uint64_t *state)
{
	uint64_t z = (*state += 0x9E3779B97F4A7C15u);
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
	return z ^ (z >> 31);
}

__attribute__((constructor)) static void begin(int argc, char **argv, char **env)
{
	(void)argc;
	const char *seed = getenv("KNAPP_STILL");
	if (!seed)
		return;
	int now = personality(0xffffffff);
	if (now != -1 && !(now & ADDR_NO_RANDOMIZE) && personality(now | ADDR_NO_RANDOMIZE) != -1)
		execve("/proc/self/exe", argv, env); /* if it fails, the addresses stay as they are */
	cpu_set_t all, one;
	if (sched_getaffinity(0, sizeof all, &all) == 0) {
		CPU_ZERO(&one);
		for (int cpu = 0, nth = getpid() % CPU_COUNT(&all); cpu < CPU_SETSIZE; cpu++)
			if (CPU_ISSET(cpu, &all) && nth-- == 0)
				CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof one, &one); /* if it fails, it runs where it likes */
	}
	uint64_t state = strtoull(seed, NULL, 10), octets[2];
	for (int i = 0; i < 2; i++)
		octets[i] = mix(&state) | 1; /* the runtime takes zeros for a kernel that gave nothing */
	void *chance = (void *)getauxval(AT_RANDOM);
	if (chance)
		memcpy(chance, octets, sizeof octets);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg)
{
	static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
	static int made;
	if (!real)
		real = dlsym(RTLD_NEXT, "pthread_create");
	if (getenv("KNAPP_STILL") && __atomic_fetch_add(&made, 1, __ATOMIC_SEQ_CST) == 0) {
		memset(thread, 0, sizeof *thread);
		return 0;
	}
	return real(thread, attr, start, arg);
}
