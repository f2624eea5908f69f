package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestWatchedTellsOnce(t *testing.T) {
	start := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	bad := errors.New("answered 503 Service Unavailable")
	var s watched
	for _, step := range []struct {
		minute int
		err    error
		want   string
	}{
		{0, nil, "up"},
		{1, nil, ""},
		{2, bad, ""},
		{6, bad, ""},
		{7, bad, "down"},
		{8, bad, ""},
		{30, bad, ""},
		{31, nil, "up"},
		{32, nil, ""},
		{33, bad, ""},
		{34, nil, ""},
		{35, bad, ""},
		{39, bad, ""},
		{40, bad, "down"},
	} {
		got, reason := s.hear(start.Add(time.Duration(step.minute)*time.Minute), step.err, 5*time.Minute)
		if got != step.want {
			t.Errorf("minute %d: %q (%s), want %q", step.minute, got, reason, step.want)
		}
	}
}

// The gateway's health page goes away and comes back; the keeper's program hears of both.
func TestWatchRunsTheKeepersProgram(t *testing.T) {
	t.Parallel()
	var well atomic.Bool
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if !well.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer page.Close()
	folder := t.TempDir()
	program, heard := filepath.Join(folder, "tell"), filepath.Join(folder, "heard")
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho \"$1\" >> "+heard+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out, errs bytes.Buffer
	done := make(chan error, 1)
	go func() {
		w := watchCommand{URL: page.URL + "/healthz", Every: time.Second, Exec: program}
		done <- w.Run(ctx, keeper{out: &out, err: &errs})
	}()
	await := func(want string) {
		t.Helper()
		for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			data, _ := os.ReadFile(heard)
			if got := strings.Join(strings.Fields(string(data)), " "); got == want {
				return
			} else if time.Now().After(deadline) {
				t.Fatalf("heard %q, want %q", got, want)
			}
		}
	}
	await("down")
	well.Store(true)
	await("down up")
	cancel()
	if err := <-done; err != nil || errs.Len() > 0 {
		t.Errorf("%v, %s", err, &errs)
	}
	if code := run([]string{"watch", "--once", page.URL}, &out, &errs); code != 0 {
		t.Errorf("well, and exit code %d: %s", code, &errs)
	}
	well.Store(false)
	if code := run([]string{"watch", "--once", page.URL}, &out, &errs); code != exitFailed || !strings.Contains(errs.String(), "503") {
		t.Errorf("not well, and exit code %d: %s", code, &errs)
	}
	errs.Reset()
	if code := run([]string{"watch", "no-address"}, &out, &errs); code != exitFailed || !strings.Contains(errs.String(), "healthz") {
		t.Errorf("no address: %d %s", code, &errs)
	}
}
