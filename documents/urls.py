"""Addresses of papers, pages and API."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from documents import merging, photo_queue, tus, viewer, views
from documents.api import DocumentViewSet, HeldViewSet, MergesView, MergeView

app_name = "documents"

router = SimpleRouter(use_regex_path=False)
router.register("documents", DocumentViewSet, basename="api")
router.register("held-documents", HeldViewSet, basename="api-held")

urlpatterns = [
    path("worker.js", photo_queue.worker, name="worker"),
    path("documents/photo-queue/", photo_queue.whose, name="photo_queue"),
    path("documents/", views.archive, name="archive"),
    path("documents/folders/<uuid:folder_id>/", views.folder, name="folder"),
    path("documents/folders/<uuid:folder_id>/papers/", views.papers, name="papers"),
    path("documents/folders/<uuid:folder_id>/upload/", views.upload, name="upload"),
    path("documents/folders/<uuid:folder_id>/merge/", merging.merge, name="merge"),
    path("documents/folders/<uuid:folder_id>/merges/<uuid:merge_id>/", merging.merged, name="merged"),
    path("documents/<uuid:document_id>/", viewer.document, name="document"),
    path("documents/<uuid:document_id>/pages/<int:number>/", viewer.page_picture, name="page_picture"),
    path("documents/<uuid:document_id>/split/", viewer.split, name="split"),
    path("documents/<uuid:document_id>/thumbnail/", viewer.thumbnail, name="thumbnail"),
    path("documents/<uuid:document_id>/file/", views.download, name="download"),
    path("documents/<uuid:document_id>/class/", views.classify, name="classify"),
    path("documents/<uuid:document_id>/receipt/", views.receipt, name="receipt"),
    path("api/v1/folders/<uuid:folder_id>/uploads/", tus.UploadsView.as_view(), name="api-uploads"),
    path(
        "api/v1/folders/<uuid:folder_id>/uploads/<uuid:upload_id>/",
        tus.UploadView.as_view(),
        name="api-upload",
    ),
    path("api/v1/folders/<uuid:folder_id>/merges/", MergesView.as_view(), name="api-merges"),
    path("api/v1/folders/<uuid:folder_id>/merges/<uuid:merge_id>/", MergeView.as_view(), name="api-merge"),
    path("api/v1/", include(router.urls)),
]
