// Package store keeps what must survive a power cut, in one SQLite file. It fills the ports bridge.Store and
// bridge.Tx, and it is the only package with SQL in it.
//
// One connection writes and a few read. A step runs in a transaction of its own, and Do returns nil only after
// the commit reached the disk (WAL, synchronous=FULL). What was deleted is overwritten (secure_delete), and Purge
// empties the write-ahead log, so that a text is gone from the files once its legs are final.
//
// It decides nothing: what a message means and who may write to whom is said in packages bridge and policy.
package store
