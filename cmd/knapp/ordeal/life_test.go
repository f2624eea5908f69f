package ordeal

import (
	"path/filepath"
	"time"
)

// live runs the gateway, life after life.
func (w *world) live() error {
	file := filepath.Join(w.dir, "life0.db")
	p, err := startProcess(w, file)
	if err != nil {
		return err
	}
	family, err := household.Check(numbers{})
	if err != nil {
		return err
	}
	if _, _, err := p.relay.ApplyFamily(w.t.Context(), family); err != nil {
		return err
	}
	w.setLife(p)
	w.supervised.Go(func() { w.supervise(p) })
	return nil
}

func (w *world) setLife(p *process) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.life = p
}

func (w *world) alive() *process {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.life
}

// supervise is systemd: it starts the gateway again when it died or was stopped.
func (w *world) supervise(p *process) {
	for {
		file := p.file
		var down time.Duration
		select {
		case <-p.died:
			w.setLife(nil)
			next, err := p.bury()
			if err != nil {
				w.t.Errorf("seed %d: bury: %v", w.seed, err)
				return
			}
			w.forgive()
			w.ledger.Break()
			file, down = next, w.downFor()
		case down = <-w.stopping:
			w.setLife(nil)
			w.tell("SIGTERM")
			if err := p.end(); err != nil {
				w.t.Errorf("seed %d: end: %v", w.seed, err)
			}
			w.ledger.Break()
		case <-w.over:
			if err := p.end(); err != nil {
				w.t.Errorf("seed %d: end: %v", w.seed, err)
			}
			return
		}
		time.Sleep(down)
		w.mu.Lock()
		if w.leapt {
			// A clock that was set while it was down is one by which a day has passed: what was written before is no repeat.
			clear(w.wrote)
			w.leapt = false
		}
		w.mu.Unlock()
		for {
			var err error
			if p, err = startProcess(w, file); err == nil {
				break
			}
			w.tell("start:", err)
			time.Sleep(10 * time.Second)
		}
		w.tell("the gateway starts")
		w.setLife(p)
	}
}
