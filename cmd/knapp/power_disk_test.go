package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

// disk is what a disk holds of the database's files while a recording is played: what was synced is there for
// certain, what was written after that may or may not be.
type disk struct{ files [fileCount]diskFile }

type diskFile struct {
	durable  []byte
	there    bool     // its name is on the disk for certain
	named    bool     // its name was made, and may be on the disk
	unlinked bool     // its name was removed, and may still be on the disk
	pending  []diskOp // written or cut since the last sync
	begun    []int    // how much was pending when each sync that runs began
}

// newDisk is a disk that has been at rest.
func newDisk(folder string) (*disk, error) {
	d := &disk{}
	for i, name := range fileNames {
		if name == "" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(folder, name))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		d.files[i] = diskFile{durable: data, there: true, named: true}
	}
	return d, nil
}

// play does what a call did.
func (d *disk) play(op diskOp) {
	f := &d.files[op.file]
	switch op.kind {
	case opOpened:
		if op.made {
			// The journal of every file system in use orders a removal before the making of the same name.
			*f = diskFile{named: true}
		}
	case opWritten, opCut:
		f.named = true
		f.pending = append(f.pending, op)
	case opUnlinked:
		f.unlinked = true
	case opSyncBegun:
		f.begun = append(f.begun, len(f.pending))
	case opSyncEnded:
		if op.file == 0 {
			d.syncFolder()
			return
		}
		n := f.begun[0]
		f.begun = f.begun[1:]
		for i := range f.begun {
			f.begun[i] = max(0, f.begun[i]-n)
		}
		for _, done := range f.pending[:n] {
			f.durable = apply(f.durable, done, whole)
		}
		f.pending = slices.Clone(f.pending[n:])
		f.there = true // a sync of a new file keeps its name, too (ext4, xfs, btrfs)
	}
}

func (d *disk) syncFolder() {
	for i := range d.files {
		f := &d.files[i]
		f.there = f.named
		if f.unlinked {
			*f = diskFile{}
		}
	}
}

// survival is what became of some octets that were written and not synced.
type survival int

const (
	kept survival = iota
	lost
	trash // the disk was at it when the power went
)

// whole is the survival of what was synced.
func whole(int64, int) survival { return kept }

// apply does an operation to an image. survives is asked about each piece of a write, by offset and length.
func apply(image []byte, op diskOp, survives func(int64, int) survival) []byte {
	if op.kind == opCut {
		if survives(op.offset, 0) != kept {
			return image
		}
		return resize(image, op.offset)
	}
	for at := int64(0); at < int64(len(op.data)); {
		// A sector is written whole or not; an octet beside the piece is left alone (SQLite's powersafe overwrite).
		end := min(int64(len(op.data)), (op.offset+at)/sector*sector+sector-op.offset)
		piece := op.data[at:end]
		switch survives(op.offset+at, len(piece)) {
		case kept:
			image = put(image, op.offset+at, piece)
		case trash:
			image = put(image, op.offset+at, garbage[:len(piece)])
		}
		at = end
	}
	return image
}

// sector is what a disk writes at once at the least, in octets.
const sector = 512

var garbage = func() []byte {
	r, out := rand.New(rand.NewPCG(4, 2)), make([]byte, sector)
	for i := range out {
		out[i] = byte(r.Uint32())
	}
	return out
}()

func put(image []byte, at int64, piece []byte) []byte {
	if end := at + int64(len(piece)); end > int64(len(image)) {
		image = resize(image, end)
	}
	copy(image[at:], piece)
	return image
}

func resize(image []byte, size int64) []byte {
	if size <= int64(len(image)) {
		return image[:size]
	}
	return append(image, make([]byte, size-int64(len(image)))...)
}

// cut writes one of the states that a power cut could leave into a folder, and says which it was.
func (d *disk) cut(folder string, r *rand.Rand) (how string, err error) {
	how, survives := pick(r)
	for i := range d.files {
		f := &d.files[i]
		if i == 0 || !f.named || f.unlinked && r.IntN(2) == 0 {
			continue
		}
		image, any := slices.Clone(f.durable), false
		for n, op := range f.pending {
			image = apply(image, op, func(at int64, length int) survival {
				came := survives(n, len(f.pending), at)
				any = any || came != lost
				return came
			})
		}
		if !f.there && !any && r.IntN(2) == 0 {
			continue
		}
		if err := os.WriteFile(filepath.Join(folder, fileNames[i]), image, 0o600); err != nil {
			return "", err
		}
	}
	if r.IntN(2) == 0 { // what is in -shm after a cut is anything
		err = os.WriteFile(filepath.Join(folder, fileNames[fileDB]+"-shm"), slices.Repeat(garbage, 64), 0o600)
	}
	return how, err
}

// pick chooses what becomes of what was not synced: n of many operations, the piece at an offset of the file.
func pick(r *rand.Rand) (how string, survives func(n, of int, at int64) survival) {
	chance := []float64{0.05, 0.5, 0.95}[r.IntN(3)]
	lose := func(keep bool) survival {
		if keep {
			return kept
		}
		return lost
	}
	switch r.IntN(8) {
	case 0:
		return "nothing unsynced survived", func(int, int, int64) survival { return lost }
	case 1:
		return "everything unsynced survived", func(int, int, int64) survival { return kept }
	case 2:
		return "some writes survived", perWrite(r, chance, lose)
	case 3: // in order, the last one torn
		until := r.Float64()
		return "the first writes survived, the last of them torn", func(n, of int, _ int64) survival {
			edge := int(until * float64(of))
			return lose(n < edge || n == edge && r.IntN(2) == 0)
		}
	case 4: // the last ones first
		from := r.Float64()
		return "the last writes survived", func(n, of int, _ int64) survival { return lose(float64(n) >= from*float64(of)) }
	case 5:
		return "some pages survived", perPage(r, chance, lose)
	case 6:
		return "some sectors survived", func(int, int, int64) survival { return lose(r.Float64() < chance) }
	default:
		return "some sectors survived, some were being written", func(int, int, int64) survival {
			if r.IntN(10) == 0 {
				return trash
			}
			return lose(r.Float64() < chance)
		}
	}
}

func perWrite(r *rand.Rand, chance float64, lose func(bool) survival) func(int, int, int64) survival {
	type write struct{ n, of int }
	drawn := map[write]survival{}
	return func(n, of int, _ int64) survival {
		w := write{n, of}
		if _, ok := drawn[w]; !ok {
			drawn[w] = lose(r.Float64() < chance)
		}
		return drawn[w]
	}
}

// perPage keeps or loses the pages of a cache as a whole: the kernel writes pages back, in an order of its own.
func perPage(r *rand.Rand, chance float64, lose func(bool) survival) func(int, int, int64) survival {
	type page struct {
		of int
		at int64
	}
	drawn := map[page]survival{}
	return func(_, of int, at int64) survival {
		p := page{of, at / 4096}
		if _, ok := drawn[p]; !ok {
			drawn[p] = lose(r.Float64() < chance)
		}
		return drawn[p]
	}
}
